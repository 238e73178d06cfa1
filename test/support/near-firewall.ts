import type { Door } from '../../src/door/door.ts';
import type { Firewall } from '../../src/firewall/firewall.ts';
import { parseAddress } from '../../src/tuple/address.ts';
import type { Grant } from '../../src/firewall/firewall.ts';
import { blockOf, networkOf } from './network.ts';
import type { FirewallUnderTest } from '../contract/firewall.contract.ts';

/** A firewall of this process in the contract's form. */
export function nearFirewall(firewall: Firewall): FirewallUnderTest {
  let doors: readonly Door[] = [];
  const revoked: Grant[] = [];
  firewall.onRevoked((grants) => revoked.push(...grants));
  return {
    start: (given) => firewall.start((doors = given)),
    apply: (openings, nowMs) => {
      const named = openings.map(({ door, source, ...rest }) => ({
        door: doors.find(({ name }) => name === door)!,
        source: parseAddress(source)!,
        ...rest,
      }));
      return Promise.resolve(firewall.apply(named, nowMs));
    },
    expire: (nowMs) => Promise.resolve(firewall.expire(nowMs)),
    nextExpiryMs: () => Promise.resolve(firewall.nextExpiryMs()),
    grants: (nowMs) => Promise.resolve(firewall.grants(nowMs)),
    revoke: (name, from, nowMs) => {
      const door = doors.find((each) => each.name === name)!;
      return Promise.resolve(firewall.revoke(door, networkOf(from), nowMs));
    },
    shorten: (byMs, nowMs) => Promise.resolve(firewall.shorten(byMs, nowMs)),
    block: (blocks, nowMs) =>
      Promise.resolve().then(() => firewall.block(blocks.map(blockOf), nowMs)),
    blocked: (nowMs) => Promise.resolve(firewall.blocked(nowMs)),
    revoked: () => Promise.resolve(revoked.splice(0)),
    now: () => Promise.resolve(1_700_000_000_000),
    close: () => firewall.close(),
  };
}
