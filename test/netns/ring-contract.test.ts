import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { sourceContract } from '../contract/source.contract.ts';
import { startFixture, type Agent } from '../support/agent-client.ts';
import { farRing } from '../support/far-ring.ts';
import { linkSender, type LinkSender } from '../support/link-sender.ts';
import { knockFrame } from '../support/knock-frame.ts';
import { netns, noNetns, type Netns } from '../support/netns.ts';

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
  });
  afterAll(() => net[Symbol.asyncDispose]());

  sourceContract('ring', {
    isRecorded: false,
    skip: [
      { reason: 'the kernel stamps the packets', tests: ['loses nothing of the time'] },
      { reason: 'a link has no last packet', tests: ['ends behind the last packet'] },
      {
        reason: 'a ring waits for packets, and the loop turns meanwhile',
        tests: ['lets the event loop turn while it works through much'],
      },
    ],
    open: (knocks, options) =>
      farRing(agent, { ...options, interfaces: ['srv0'] }, () => {
        void sender.send(knocks.map(knockFrame));
      }),
  });
});
