import { monotonicMs, nftFirewall, type Door, type Opening } from 'postern';
import { BENCH_DOOR } from '../bench-door.ts';
import { expectOwnNamespace } from '../workload/own-namespace.ts';

/**
 * Opens doors by nftFirewall in the network namespace it is started in:
 *   openings OPENINGS BATCH PRELOAD   ->   {"openings":N,"batch":B,"usPerOpening":U,"cpuUsPerOpening":C,"p50Us":M,"residentBytes":R}
 */
const [count, batch, preload] = process.argv.slice(2).map(Number) as [number, number, number];
expectOwnNamespace();

const door: Door = {
  ...BENCH_DOOR,
  open: [{ protocol: 'tcp', from: 22, to: 22 }],
  openForSeconds: 3600,
};

const firewall = nftFirewall({ maxGrants: count + preload + 20_000, onStop: 'remove' });
await firewall.start([door]);
const residentBefore = process.memoryUsage.rss();
open(0x14000000, preload, 4096);
open(0x1e000000, 10_000, batch); // the compiler's share

const times: number[] = [];
const spent = process.cpuUsage();
open(0x0a000000, count, batch, times);
const { user, system } = process.cpuUsage(spent);
const seconds = times.reduce((sum, ms) => sum + ms, 0) / 1000;
times.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    openings: count,
    batch,
    usPerOpening: (seconds * 1e6) / count,
    cpuUsPerOpening: (user + system) / count,
    p50Us: (times[times.length >> 1]! * 1000) / batch,
    residentBytes: process.memoryUsage.rss() - residentBefore,
  }),
);
await firewall.close();

function open(first: number, howMany: number, size: number, times?: number[]): void {
  for (let done = 0; done < howMany; done += size) {
    const openings: Opening[] = [];
    for (let at = 0; at < Math.min(size, howMany - done); at++) {
      const words = [0, 0, 0xffff, first + done + at] as const;
      openings.push({ door, source: { family: 4, words }, openForMs: 3_600_000 });
    }
    const before = performance.now();
    const outcomes = firewall.apply(openings, monotonicMs());
    times?.push(performance.now() - before);
    const refused = outcomes.find(({ kind }) => kind === 'refused');
    if (refused !== undefined) throw new Error(`refused: ${JSON.stringify(refused)}`);
  }
}
