import {
  allocateBatch,
  compileDoors,
  largePages,
  Matcher,
  type Decision,
  type Door,
  type TupleBatch,
} from 'postern';
import { BENCH_DOOR } from '../bench-door.ts';
import { mix, putKnock } from '../workload/tuples.ts';

/**
 * What the matcher takes as something grows, in a process of its own:
 *   growing WHAT SIZE [TUPLES]  ->   {"nsPerTuple":N,"residentBytes":B,"compileMs":M}
 * WHAT: doors    SIZE doors of three ports each; first knocks at any of them
 *       shared   SIZE doors that begin with the same port; first knocks there
 *       ports    one door's port is knocked at, SIZE ports are wanted in all
 *       sources  SIZE sources have knocked once, and knock again
 *       batch    first knocks in batches of SIZE
 */
const [what, sizeText, tuplesText] = process.argv.slice(2) as [string, string, string?];
const size = Number(sizeText);

const ROWS = what === 'batch' ? size : 4096;
const TUPLES = Number(tuplesText ?? 2_000_000);

const before = process.memoryUsage.rss();
const compileBegan = performance.now();
const compiled = compileDoors(doorsFor(what, size));
const matcher = new Matcher(compiled, { eventLinesPerSecond: 50, memory: largePages() });
const compileMs = performance.now() - compileBegan;

const batches = Array.from({ length: Math.min(4096, Math.ceil(65_536 / ROWS)) }, () =>
  allocateBatch(ROWS),
);
const decisions: Decision[] = [];
let next = 0;
let ran = 0;
run(what === 'sources' ? size : TUPLES / 4);
ran = 0;
const elapsedMs = run(TUPLES);
console.log(
  JSON.stringify({
    nsPerTuple: (elapsedMs * 1e6) / ran,
    residentBytes: process.memoryUsage.rss() - before,
    compileMs,
  }),
);

/** Milliseconds of processor time in `match` alone: filling batches is the source's work. */
function run(tuples: number): number {
  let elapsed = 0;
  for (let done = 0; done < tuples; done += ROWS * batches.length) {
    for (const batch of batches) fill(batch, ROWS);
    const began = process.cpuUsage();
    for (const batch of batches) {
      matcher.match(batch, decisions);
      decisions.length = 0;
    }
    const { user, system } = process.cpuUsage(began);
    elapsed += (user + system) / 1000;
    ran += ROWS * batches.length;
  }
  return elapsed;
}

function fill(rows: TupleBatch, count: number): void {
  for (let row = 0; row < count; row++) {
    const source = what === 'sources' ? next % size : next;
    rows.seconds[row] = 1_700_000_000 + Math.floor(next / 1_000_000);
    rows.nanoseconds[row] = (next % 1_000_000) * 1000;
    putKnock(rows, row, source, what === 'doors' ? 1024 + (mix(source) % size) * 3 : 1024);
    next++;
  }
  rows.length = count;
}

function doorsFor(kind: string, count: number): Door[] {
  if (kind === 'doors') return Array.from({ length: count }, (_, at) => door(at, 1024 + at * 3));
  if (kind === 'shared') {
    return Array.from({ length: count }, (_, at) => door(at, 1024, 2000 + at * 2));
  }
  if (kind === 'ports') {
    return Array.from({ length: Math.ceil(count / 3) }, (_, at) => door(at, 1024 + at * 3));
  }
  return [door(0, 1024)];
}

function door(at: number, first: number, second = first + 1): Door {
  return {
    ...BENCH_DOOR,
    name: `door${at}`,
    flags: { mask: 18, value: 2 },
    steps: [first, second, second + 1].map((port) => ({ protocol: 'tcp', port })),
  };
}
