import { spawn } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs, nftFirewall, type Door } from 'postern';
import { BENCH_DOOR } from '../bench-door.ts';
import { expectOwnNamespace } from '../workload/own-namespace.ts';

/**
 * Opens single doors, one every so many microseconds; has the ruleset flushed from under so many grants, in
 * the network namespace it is started in, and opens one door a turn meanwhile; then lets grants end, all
 * within a second:
 *   healing GRANTS ENDING SINGLE PACE_US -> {"healMs":H,"usPerGrant":U,"idleP50Us":I,"busyP50Us":B,"longestTurnMs":T,"alteredMs":A,"typedMs":Y,"lookMs":L,"longestLookTurnMs":S,"endingDelayP99Ms":D}
 */
const [count, ending, idleCount, paceUs] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];
expectOwnNamespace();

const door: Door = {
  ...BENCH_DOOR,
  open: [{ protocol: 'tcp', from: 22, to: 22 }],
  openForSeconds: 3600,
};

const firewall = nftFirewall({ maxGrants: count + ending + 100_000, onStop: 'remove' });
await firewall.start([door]);
let next = 0x0a000000;
const openMany = (howMany: number, openForMs: (nth: number) => number): void => {
  for (let done = 0; done < howMany; done += 4096) {
    const openings = Array.from({ length: Math.min(4096, howMany - done) }, (_, at) => {
      const words = [0, 0, 0xffff, next++] as const;
      return { door, source: { family: 4, words }, openForMs: openForMs(done + at) } as const;
    });
    const refused = firewall.apply(openings, monotonicMs()).find(({ kind }) => kind === 'refused');
    if (refused !== undefined) throw new Error(`refused: ${JSON.stringify(refused)}`);
  }
};
/** Longer than a look at all of them takes. */
const LOOK_MS = 6000;
const openOne = (): number => {
  const before = performance.now();
  openMany(1, () => 3_600_000);
  return (performance.now() - before) * 1000;
};

/** As long as a turn of a heal takes: what is opened at another pace finds other caches. */
const waitFor = (us: number): void => {
  const untilMs = performance.now() + us / 1000;
  while (performance.now() < untilMs);
};

openMany(count, () => 3_600_000);
for (let nth = 0; nth < 5000; nth++) openOne(); // warms the compiler
const idle: number[] = [];
for (let nth = 0; nth < idleCount; nth++) {
  waitFor(paceUs);
  await turn();
  idle.push(openOne());
}

const began = performance.now();
const flush = spawn('nft', ['flush', 'ruleset'], { stdio: 'inherit' });
const flushed = new Promise((done) => flush.once('close', done));
while ((firewall.counts()['table made again'] ?? 0) === 0) await turn();
const busy: number[] = [];
const turns: number[] = [];
for (let last = performance.now(); !firewall.isFilled();) {
  busy.push(openOne());
  await turn();
  const now = performance.now();
  turns.push(now - last);
  last = now;
}
const healMs = performance.now() - began;
await flushed;
firewall.check();
await sleep(500); // one more look was to come

/** How long it takes from the start of nft until one more thing of a kind has been told. */
const until = async (
  kind: 'table made again' | 'foreign elements removed',
  nft: string,
): Promise<number> => {
  const before = firewall.counts()[kind] ?? 0;
  const since = performance.now();
  spawn('nft', [nft], { stdio: 'inherit' });
  while ((firewall.counts()[kind] ?? 0) === before) await turn();
  return performance.now() - since;
};
const alteredMs = await until('table made again', 'insert rule inet postern guard accept');
await sleep(LOOK_MS);
const set = 'inet postern open4';
const typedMs = await until(
  'foreign elements removed',
  `add element ${set} { 203.0.113.1 . tcp . 22 timeout 1h }`,
);
await sleep(LOOK_MS);

// Somebody changes the time of a grant, which a look at all of them finds and sets right.
const looked = performance.now();
const grant = '10.0.0.0 . tcp . 22';
const change = `delete element ${set} { ${grant} }; add element ${set} { ${grant} timeout 2h }`;
spawn('nft', [change], { stdio: 'inherit' });
const lookTurns: number[] = [];
for (let last = looked; (firewall.counts()['elements repaired'] ?? 0) === 0;) {
  await turn();
  const now = performance.now();
  lookTurns.push(now - last);
  last = now;
}
const lookMs = performance.now() - looked;
await sleep(500);

// Each end is told as the daemon tells it: a timer for the next one, and a line for each.
const fromMs = monotonicMs() + 6000;
openMany(ending, (nth) => fromMs + (nth * 1000) / ending - monotonicMs());
const delay = monitorEventLoopDelay({ resolution: 5 });
const pauseMs = fromMs - 500 - monotonicMs();
if (pauseMs < 0) throw new Error('the machine is too busy: the first grants are all but over');
await sleep(pauseMs);
delay.enable();
let ended = 0;
const log = openSync('/dev/null', 'w');
const arm = (): void => {
  const untilMs = firewall.nextExpiryMs();
  if (untilMs === undefined) return;
  setTimeout(
    () => {
      for (const { door: its, source, untilMs: atMs } of firewall.expire(monotonicMs())) {
        ended++;
        writeSync(log, `${JSON.stringify({ event: 'close', door: its.name, source, atMs })}\n`);
      }
      if (ended < ending) arm();
    },
    Math.max(1, untilMs - monotonicMs()),
  );
};
arm();
while (ended < ending) await sleep(20);
delay.disable();
if (delay.count === 0) throw new Error('the loop stood still for all of that time');

console.log(
  JSON.stringify({
    healMs,
    usPerGrant: (healMs * 1000) / count,
    idleP50Us: quantile(idle, 0.5),
    idleP99Us: quantile(idle, 0.99),
    busyP50Us: quantile(busy, 0.5),
    busyP99Us: quantile(busy, 0.99),
    longestTurnMs: Math.max(...turns),
    alteredMs,
    typedMs,
    lookMs,
    longestLookTurnMs: Math.max(...lookTurns),
    endingDelayP99Ms: delay.percentile(99) / 1e6,
  }),
);
await firewall.close();

function quantile(values: number[], part: number): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length * part)] ?? NaN;
}
