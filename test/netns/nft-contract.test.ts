import { afterAll, beforeAll, describe } from 'vitest';
import { BLOCK_TESTS, firewallContract } from '../contract/firewall.contract.ts';
import { ALLOWED, FILTER } from '../support/own-rules.ts';
import { farFirewall } from '../support/far-firewall.ts';
import { netns, noNetns, type Netns } from '../support/netns.ts';

describe.skipIf(noNetns)('in a namespace of its own', () => {
  let net: Netns;
  beforeAll(async () => void (net = await netns()));
  afterAll(() => net[Symbol.asyncDispose]());

  firewallContract('nft', {
    make: async () => {
      const agent = await net.server.agent();
      await agent.call('removeTable');
      return farFirewall(agent, { maxGrants: 3 });
    },
  });

  firewallContract('borrowed sets', {
    make: async () => {
      const agent = await net.server.agent();
      net.server.nft(`table inet filter\ndelete table inet filter\n${FILTER}`);
      const firewall = await farFirewall(agent, { maxGrants: 3 }, 'makeBorrowed');
      const start: typeof firewall.start = (doors) =>
        firewall.start(doors.map((door) => ({ ...door, useSet: ALLOWED })));
      return { ...firewall, start };
    },
    skip: [{ reason: 'the rules around a set of others are theirs', tests: BLOCK_TESTS }],
  });
});
