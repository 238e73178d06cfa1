import { describe, expect, it } from 'vitest';
import { memoryFirewall } from '../../../src/firewall/memory.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { firewallContract } from '../../contract/firewall.contract.ts';
import { door, ports } from '../../support/door.ts';
import { nearFirewall } from '../../support/near-firewall.ts';

firewallContract('memory', {
  make: () => Promise.resolve(nearFirewall(memoryFirewall({ maxGrants: 3 }))),
});

describe('the memory firewall', () => {
  it('stands still where the packets go back in time', () => {
    const firewall = memoryFirewall();
    const opening = {
      door: door('7000', { open: [ports('tcp/22')] }),
      source: parseAddress('203.0.113.9')!,
      openForMs: 1000,
    };
    firewall.apply([opening], 5000);
    const [outcome] = firewall.apply([opening], 1000);
    expect(outcome).toMatchObject({ renewed: true, grant: { untilMs: 6000 } });
    expect(firewall.expire(6000)).toHaveLength(1);
    expect(firewall.expire(1000)).toHaveLength(0);
  });
});
