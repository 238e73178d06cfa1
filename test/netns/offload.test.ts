import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Namespace } from '../support/netns.ts';

/** The stream's own port is one that a door lists whatever the flags, so that its frames pass the kernel's filter. */
const DOORS = `
[ssh]
 sequence = 7001,7002:udp,7003
 seq_timeout = 5
 tcpflags = syn
 open = tcp/22
 open_for = 5s
 on_wrong_port = ignore
[stream]
 sequence = 9100,9102
`;
const RUNS = 50;
const STREAM_BYTES = 400 << 20;

describe.skipIf(noNetns)('frames joined by offloading', () => {
  it('R-15: are no knocks, and hide none of 50', async () => {
    await using net = await netns();
    const isBig = [allowBigTcp(net.client, 'cli0'), allowBigTcp(net.server, 'srv0')].every(Boolean);
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    net.server.spawn(['sh', '-c', 'nc -l 9100 >/dev/null']);
    const stream = net.client.spawn([
      'sh',
      '-c',
      `until head -c ${STREAM_BYTES} /dev/zero | nc -N ${SERVER[4]} 9100; do sleep 0.05; done; echo done`,
    ]);
    let isOver = false;
    stream.stdout!.once('data', () => (isOver = true));

    let during = 0;
    for (let run = 1; run <= RUNS; run++) {
      if (!isOver) during++;
      net.client.run(['knock', SERVER[4], '7001', '7002:udp', '7003']);
      expect(await daemon.atLeast(run, 'open')).toHaveLength(run);
    }
    expect(
      daemon.of('open').every(({ source, door }) => source === CLIENT[4] && door === 'ssh'),
    ).toBe(true);
    expect(await daemon.stop()).toBe(0);
    const { packets, dropped, rejected } = daemon.events.at(-1)!;
    console.info(
      `${during} of ${RUNS} knocks while the stream ran, ${packets} packets seen, BIG TCP ${isBig ? 'allowed' : 'not allowed here'}`,
    );
    expect(during).toBeGreaterThan(0);
    expect(packets).toBeGreaterThan(1000);
    expect({ dropped, rejected }).toEqual({ dropped: 0, rejected: {} });
  });
});

/** Frames beyond 64 KiB, where the kernel and iproute2 know of them. */
function allowBigTcp(namespace: Namespace, device: string): boolean {
  try {
    const sizes = ['gso_max_size', '200000', 'gro_max_size', '200000'];
    namespace.run(['ip', 'link', 'set', device, ...sizes]);
    return true;
  } catch {
    return false;
  }
}
