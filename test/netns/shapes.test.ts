import { describe, expect, it } from 'vitest';
import { door, ports } from '../support/door.ts';
import { extension, type FrameOptions } from '../support/frame.ts';
import { CLIENT, netns, noNetns, SERVER } from '../support/netns.ts';
import { sendRaw, tcpPacket } from '../support/raw-tcp.ts';

const FLAG = { syn: 2, push: 8, urgent: 32, echo: 64, reduced: 128 } as const;
const ECN = FLAG.syn | FLAG.echo | FLAG.reduced;
const PUSHED = FLAG.syn | FLAG.push | FLAG.urgent;
/** No operation, four times: an option that nobody minds. */
const NO_OPERATION = Uint8Array.of(1, 1, 1, 1);

/** First packets of a connection, in shapes that a careless guard takes for something else. */
const SHAPES: readonly (readonly [string, 4 | 6, number, FrameOptions['ip']])[] = [
  ['SYN', 4, FLAG.syn, {}],
  ['SYN+ECE+CWR', 4, ECN, {}],
  ['SYN+PSH+URG', 4, PUSHED, {}],
  ['SYN behind IPv4 options', 4, FLAG.syn, { options: NO_OPERATION }],
  ['SYN+ECE+CWR over IPv6', 6, ECN, {}],
  ['SYN+PSH+URG over IPv6', 6, PUSHED, {}],
  ['SYN behind a hop-by-hop header', 6, FLAG.syn, { extensions: [extension('hopByHop')] }],
  ['SYN behind a destination header', 6, FLAG.syn, { extensions: [extension('destination')] }],
];
const FIRST_PORT = 40_000;

describe.skipIf(noNetns)('a guarded port', () => {
  it('R-95: answers no first packet of any shape', async () => {
    await using net = await netns();
    const server = await net.server.agent();
    await Promise.all([server.call('listenTcp', 22), server.call('listenTcp', 80)]);
    await server.call('make', {});
    await server.call('start', [door('7000', { name: 'ssh', open: [ports('tcp/22')] })]);
    const shapesTo = (to: number) =>
      SHAPES.map(([, family, flags, ip], nth) =>
        tcpPacket({
          from: CLIENT[family],
          to: SERVER[family],
          tcp: { from: FIRST_PORT + nth, to, flags },
          ip: ip ?? {},
        }),
      );

    const guarded = await sendRaw(net.client, { packets: shapesTo(22), seconds: 0.6 });
    expect(guarded).toEqual({ sent: SHAPES.length, synAcks: {} });
    // Each of them is a real first packet: a port that nobody guards answers all.
    const free = await sendRaw(net.client, { packets: shapesTo(80), seconds: 0.6 });
    const answered = SHAPES.filter((_, nth) => (free.synAcks[FIRST_PORT + nth] ?? 0) > 0);
    expect(answered.map(([name]) => name)).toEqual(SHAPES.map(([name]) => name));
  });
});
