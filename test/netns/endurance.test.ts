import { describe, expect, it } from 'vitest';
import { startFixture } from '../support/agent-client.ts';
import { Daemon } from '../support/daemon.ts';
import { door, ports } from '../support/door.ts';
import { frame } from '../support/frame.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { CLIENT, netns, noNetns, SERVER } from '../support/netns.ts';
import { elementsOf } from '../support/sets.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

/** As long as the nightly run says; otherwise long enough to see that nothing grows at once. */
const SOAK_SECONDS = Number(process.env['POSTERN_SOAK_SECONDS'] ?? 60);
const CYCLES = SOAK_SECONDS >= 60 ? 1000 : 200;
const SEQUENCE = '7001,7002:udp,7003';
const doors = (more = ''): string => `
[ssh]
 sequence = ${SEQUENCE}
 tcpflags = syn
 open = tcp/22
 open_for = 5s
${more}`;
const WEB = '[web]\n sequence = 8001,8003\n tcpflags = syn\n open = tcp/80\n';

/** Files that stay open: those of a reload or a link that comes back are closed a moment later. */
async function steadyDescriptors(daemon: Daemon): Promise<number> {
  for (let before = -1; ;) {
    const now = daemon.openDescriptors();
    if (now === before) return now;
    before = now;
    await passed(500);
  }
}

describe.skipIf(noNetns)('endurance', () => {
  it(
    `R-83: ${SOAK_SECONDS} s of traffic, knocks, reloads, flushes and link flaps leave nothing behind`,
    { timeout: (SOAK_SECONDS + 60) * 1000 },
    async () => {
      await using net = await netns();
      await using daemon = await Daemon.start(net.server, { doors: doors() });
      const [noise, knocker] = [new FrameSender(net.client), new FrameSender(net.client)];
      const frames = Array.from({ length: 2500 }, (_, nth) =>
        frame({
          from: CLIENT[4],
          to: SERVER[4],
          tcp: { from: 20_000 + nth, to: 1 + nth, syn: true },
        }),
      );
      const endMs = performance.now() + SOAK_SECONDS * 1000;
      const sending = (async () => {
        while (performance.now() < endMs) await noise.send(frames, { gapMs: 0.2 });
      })();

      let knocked = 0;
      let settled: { bytes: number; descriptors: number } | undefined;
      while (performance.now() < endMs) {
        await knocker.send(knocks(SEQUENCE, { from: stranger(knocked++) }), { gapMs: 5 });
        await daemon.until(() => daemon.of('open').length >= knocked, 2000);
        if (knocked % 5 === 1) net.server.nft('flush ruleset');
        if (knocked % 7 === 3) {
          for (const state of ['down', 'up'])
            net.server.run(`ip link set srv0 ${state}`.split(' '));
          net.client.run(['sh', '-c', 'until ip link show cli0 | grep -q "state UP"; do :; done']);
        }
        if (knocked % 3 === 2) {
          daemon.configure(doors(knocked % 2 === 0 ? WEB : ''));
          daemon.process.kill('SIGHUP');
        }
        if (settled === undefined && performance.now() > endMs - SOAK_SECONDS * 500) {
          settled = { bytes: daemon.residentBytes(), descriptors: await steadyDescriptors(daemon) };
        }
        await passed(Math.min(300, Math.max(0, endMs - performance.now())));
      }
      await sending;
      expect(knocked).toBeGreaterThan(SOAK_SECONDS);
      const opened = daemon.of('open');
      const got = new Set(opened.map(({ source }) => source));
      const missed = Array.from({ length: knocked }, (_, nth) => stranger(nth)).filter(
        (source) => !got.has(source),
      );
      // What became of them, to be read if there are any.
      const told = daemon.events.filter(({ source }) => missed.includes(source!));
      expect({ missed, told: missed.length > knocked / 1000 ? told : [] }).toEqual({
        missed: missed.slice(0, Math.floor(knocked / 1000)),
        told: [],
      });
      expect(await steadyDescriptors(daemon)).toBe(settled!.descriptors);
      // A reload leaves some megabytes of tables that are collected later. In a long run nothing is added.
      const growth = daemon.residentBytes() - settled!.bytes;
      expect(growth).toBeLessThan((SOAK_SECONDS >= 600 ? 16 : 160) << 20);
      expect(daemon.said.filter((line) => /error|fail|could not/i.test(line))).toEqual([]);
      await until(() => elementsOf(net.server).length === 0, 20_000);
      expect(await daemon.atLeast(opened.length, 'close', 10_000)).toHaveLength(opened.length);
      expect(await daemon.stop()).toBe(0);
    },
  );

  it(
    `R-85: ${CYCLES} starts and stops in one process keep nothing of the kernel`,
    { timeout: 120_000 },
    async () => {
      await using net = await netns();
      const path = new URL('../support/lifecycle-agent.ts', import.meta.url).pathname;
      const agent = await startFixture(net.server, path);
      const ssh = door('7001', { name: 'ssh', open: [ports('tcp/22')] });
      const noise = new FrameSender(net.client);
      const sending = noise.send(knocks('7001'), { gapMs: 1, times: 5000 });
      const first = await agent.call('cycle', 50, [ssh]);
      const last = await agent.call('cycle', CYCLES, [ssh]);
      expect(last).toEqual(first);
      await sending;
    },
  );
});
