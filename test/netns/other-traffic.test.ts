import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { frame } from '../support/frame.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { CLIENT, netns, noNetns, SERVER } from '../support/netns.ts';

const DOORS = `
[mixed]
 sequence = 7001,7002:udp,7003
 seq_timeout = 15
 tcpflags = syn
[web]
 sequence = 7101,80,7103
 seq_timeout = 15
 tcpflags = syn
`;
const MIXED = '7001,7002:udp,7003';
const SOURCES = Array.from({ length: 100 }, (_, nth) => stranger(nth + 1));
const FLAG = { fin: 1, reset: 4, push: 8, ack: 16 } as const;

/** The sources for which a door opened. */
function openedFor(daemon: Daemon): string[] {
  return daemon
    .of('open')
    .map(({ source }) => source!)
    .sort();
}

describe.skipIf(noNetns)('a knock amid other packets', () => {
  it.each([
    ['doubled', 2],
    ['tripled', 3],
  ])('R-08: opens with each packet %s, 100 times of 100', async (_, times) => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const sender = new FrameSender(net.client);
    await sender.send(
      SOURCES.flatMap((from) => knocks(MIXED, { from })),
      { times },
    );
    await daemon.atLeast(100, 'open');
    expect(openedFor(daemon)).toEqual([...SOURCES].sort());
  });

  it('R-08: opens with each packet sent again after one and two seconds, 100 times of 100', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const sender = new FrameSender(net.client);
    const timetable = SOURCES.flatMap((from) =>
      knocks(MIXED, { from }).flatMap((packet, step) =>
        [0, 1, 2].map((again) => ({ dueMs: 2200 * step + 1000 * again, frame: packet })),
      ),
    );
    await sender.sendAt(timetable);
    await daemon.atLeast(100, 'open');
    expect(openedFor(daemon)).toEqual([...SOURCES].sort());
  });

  it('R-08: opens to a client whose own system repeats its SYNs', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS.replaceAll(':udp', '') });
    net.server.nft(`table inet quiet {
      chain input { type filter hook input priority 0; tcp dport 7000-7010 drop; }
    }`);
    for (const port of ['7001', '7002', '7003']) {
      net.client.run(['sh', '-c', `nc -z -w 2 ${SERVER[4]} ${port} || true`]);
    }
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ source: CLIENT[4], door: 'mixed' }]);
  });

  it('R-09: opens amid other traffic of the same source, 100 times of 100', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const sender = new FrameSender(net.client);
    const burst = SOURCES.flatMap((from) => {
      const other = othersOf(from);
      return knocks(MIXED, { from }).flatMap((packet) => [...other, packet]);
    });
    await sender.send(burst);
    await daemon.atLeast(100, 'open');
    expect(openedFor(daemon)).toEqual([...SOURCES].sort());
  });

  it('R-09: opens a door with port 80 in its sequence to who is reading that site', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const server = net.server.spawn(['python3', '-m', 'http.server', '80'], { stderr: 'pipe' });
    server.stderr!.resume();
    const read = `curl -s -o /dev/null --max-time 2 http://${SERVER[4]}/`;
    net.client.run(['sh', '-c', `until ${read}; do sleep 0.05; done`]);
    const reader = net.client.spawn(['sh', '-c', `while :; do ${read}; sleep 0.01; done`]);

    for (let times = 1; times <= 20; times++) {
      net.client.run(['knock', '-d', '10', SERVER[4], '7101', '80', '7103']);
      expect(await daemon.atLeast(times, 'open')).toHaveLength(times);
    }
    reader.kill('SIGKILL');
  });
});

/** What a source may have under way: sessions on the knock ports and elsewhere, ping, DNS. */
function othersOf(from: string): Uint8Array[] {
  const ends = { from, to: SERVER[4] };
  const segment = (to: number, flags: number): Uint8Array => frame({ ...ends, tcp: { to, flags } });
  return [
    segment(7003, FLAG.ack),
    segment(7002, FLAG.ack | FLAG.push),
    segment(7001, FLAG.ack | FLAG.fin),
    segment(80, FLAG.reset),
    segment(443, FLAG.ack),
    frame({ ...ends, icmp: { type: 8 } }),
    frame({ ...ends, udp: { to: 53 } }),
  ];
}
