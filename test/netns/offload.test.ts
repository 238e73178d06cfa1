import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Namespace } from '../support/netns.ts';
import { noRecording } from '../support/recording.ts';

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
const MB = 1 << 20;

describe.skipIf(noNetns)('frames joined by offloading', () => {
  it('R-15: are no knocks, and hide none of 50', async () => {
    await using net = await netns();
    const isBig = [allowBigTcp(net.client, 'cli0'), allowBigTcp(net.server, 'srv0')].every(Boolean);
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    net.server.spawn(['sh', '-c', 'exec nc -6 -l 9100 >/dev/null']);
    net.server.run(['sh', '-c', 'until ss -Hltn | grep -q :9100; do sleep 0.02; done']);
    // It ends by itself as soon as it has seen a hundred of them.
    const over64KiB = net.server.spawn(['tcpdump', '-i', 'srv0', '-nqc100', 'greater 65600']);
    const stream = net.client.spawn(['sh', '-c', `exec nc ${SERVER[6]} 9100 </dev/zero`]);

    for (let run = 1; run <= RUNS; run++) {
      net.client.run(['knock', '-6', SERVER[6], '7001', '7002:udp', '7003']);
      expect(await daemon.atLeast(run, 'open')).toHaveLength(run);
    }
    expect(
      daemon.of('open').every(({ source, door }) => source === CLIENT[6] && door === 'ssh'),
    ).toBe(true);
    const isRecorded = isBig && noRecording === undefined;
    if (isRecorded) await expect.poll(() => over64KiB.exitCode, { timeout: 15_000 }).toBe(0);
    expect(stream.exitCode).toBe(null); // it ran all the time
    const streamed = bytesSent(net.client, 'cli0');
    expect(await daemon.stop()).toBe(0);
    const { packets, dropped, rejected } = daemon.events.at(-1)!;
    console.info(
      `${RUNS} knocks in a stream of ${Math.round(streamed / MB)} MB, ${packets} packets seen, ` +
        `BIG TCP ${isBig ? 'allowed' : 'not allowed here'}`,
    );
    expect(streamed).toBeGreaterThan(200 * MB);
    expect({ dropped, rejected }).toEqual({ dropped: 0, rejected: {} });
  });
});

function bytesSent(namespace: Namespace, device: string): number {
  const text = namespace.run(['ip', '-s', '-j', 'link', 'show', 'dev', device]);
  const [link] = JSON.parse(text) as { stats64: { tx: { bytes: number } } }[];
  return link!.stats64.tx.bytes;
}

/** Frames beyond 64 KiB, over IPv6, where the kernel and iproute2 know of them. */
function allowBigTcp(namespace: Namespace, device: string): boolean {
  try {
    const sizes = ['gso_max_size', '200000', 'gro_max_size', '200000'];
    namespace.run(['ip', 'link', 'set', device, ...sizes]);
    return true;
  } catch {
    return false;
  }
}
