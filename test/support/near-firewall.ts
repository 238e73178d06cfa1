import type { Door } from '../../src/door/door.ts';
import type { Firewall } from '../../src/firewall/firewall.ts';
import { parseAddress } from '../../src/tuple/address.ts';
import type { FirewallUnderTest } from '../contract/firewall.contract.ts';

/** A firewall of this process in the contract's form. */
export function nearFirewall(firewall: Firewall): FirewallUnderTest {
  let doors: readonly Door[] = [];
  return {
    start: (given) => firewall.start((doors = given)),
    apply: (openings, nowMs) => {
      const named = openings.map(({ door, source, openForMs }) => ({
        door: doors.find(({ name }) => name === door)!,
        source: parseAddress(source)!,
        openForMs,
      }));
      return Promise.resolve(firewall.apply(named, nowMs));
    },
    expire: (nowMs) => Promise.resolve(firewall.expire(nowMs)),
    nextExpiryMs: () => Promise.resolve(firewall.nextExpiryMs()),
    now: () => Promise.resolve(1_700_000_000_000),
    close: () => firewall.close(),
  };
}
