import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { sourceContract } from '../contract/source.contract.ts';
import { startFixture, type Agent } from '../support/agent-client.ts';
import { farRing } from '../support/far-ring.ts';
import { linkSender, type LinkSender } from '../support/link-sender.ts';
import { knockFrame } from '../support/knock-frame.ts';
import { netns, noNetns, type Netns } from '../support/netns.ts';

/** One listens while another does. */
const GROUPS = [5, 6] as const;
/** Whatever somebody sends; the host's own packets are not ours to hear. */
const LOG_KNOCKS = `table inet logging {
  chain incoming {
    type filter hook prerouting priority -310; policy accept;
    ip saddr 203.0.113.0/24 log group 5
    ip saddr 203.0.113.0/24 log group 6
    ip6 saddr 2001:db8::/32 log group 5
    ip6 saddr 2001:db8::/32 log group 6
  }
}`;

describe.skipIf(noNetns)('in a namespace of its own', () => {
  let net: Netns;
  let agent: Agent;
  let sender: LinkSender;
  beforeAll(async () => {
    net = await netns();
    agent = await startFixture(
      net.server,
      join(import.meta.dirname, '../support/far-ring-agent.ts'),
    );
    sender = await linkSender(net.client, 'link', 'cli0');
    net.server.nft(LOG_KNOCKS);
  });
  afterAll(() => net[Symbol.asyncDispose]());

  const skip = [
    { reason: 'the kernel stamps the packets', tests: ['loses nothing of the time'] },
    { reason: 'a link has no last packet', tests: ['ends behind the last packet'] },
    {
      reason: 'it waits for packets, and the loop turns meanwhile',
      tests: ['lets the event loop turn while it works through much'],
    },
  ];
  let opened = 0;
  sourceContract('nflog', {
    isRecorded: false,
    skip,
    open: (knocks, options) =>
      farRing(agent, { ...options, groups: [GROUPS[opened++ % 2]!] }, () => {
        void sender.send(knocks.map(knockFrame));
      }),
  });
  sourceContract('ring', {
    isRecorded: false,
    skip,
    open: (knocks, options) =>
      farRing(agent, { ...options, interfaces: ['srv0'] }, () => {
        void sender.send(knocks.map(knockFrame));
      }),
  });
});
