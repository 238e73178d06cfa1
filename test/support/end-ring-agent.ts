import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Interest } from '../../src/matcher/interest.ts';
import { native } from '../../src/native.ts';
import type { NativeRing, NativeRingOptions } from '../../src/source/native-ring.ts';
import { openRing, type RingOptions } from '../../src/source/ring.ts';
import { allocateBatch } from '../../src/tuple/batch.ts';

/** Opens and closes a source so many times: descriptors and mapped rings that are there afterwards. */
async function openAndClose(options: RingOptions, times: number): Promise<readonly number[]> {
  const { signal } = new AbortController();
  for (let time = 0; time < times; time++) {
    await using source = await openRing({ ...options, signal });
    if (time % 2 === 0) void source[Symbol.asyncIterator]().next();
  }
  await nextTurn();
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return [
    readdirSync('/proc/self/fd').length,
    maps.filter((line) => line.includes('socket:')).length,
  ];
}

/** What becomes of a value that a ring's callback throws, and whether the addon goes on. */
async function throwWhenReadable(thrown: unknown, interest: Interest): Promise<unknown> {
  const { Ring } = native() as unknown as {
    Ring: new (options: NativeRingOptions) => NativeRing;
  };
  const { memory, arena, capacity } = allocateBatch(8);
  const caught = new Promise<unknown>((resolve) => {
    process.once('uncaughtException', resolve);
  });
  const ring: NativeRing = new Ring({
    interface: 'srv0',
    index: 0,
    slotBytes: 256,
    slots: 256,
    key: new Uint8Array(16),
    memory,
    arena,
    capacity,
    interest,
    clockOrigin: 0,
    onReadable: () => {
      ring.close();
      throw thrown;
    },
  });
  ring.watch();
  await caught;
  return { caught: await caught, watched: ring.takeError(), bound: ring.isBound() };
}

const RING = '../../src/source/ring.ts';

/** What a worker does once its ring is open. */
const ENDINGS = {
  'runs out of work': 'source;',
  'waits and is terminated': 'source[Symbol.asyncIterator]().next();',
  exits: 'source[Symbol.asyncIterator]().next(); setTimeout(() => process.exit(3), 10);',
  throws:
    'source[Symbol.asyncIterator]().next(); setTimeout(() => { throw new Error("by intent"); }, 10);',
  'closes and exits':
    'source[Symbol.asyncIterator]().next(); await source.close(); process.exit(4);',
} as const;
export type WorkerEnding = keyof typeof ENDINGS;

/** Opens a ring in a worker, which then ends in this way; its exit code. */
async function endWorker(ending: WorkerEnding, options: RingOptions): Promise<number> {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.path).then(async ({ openRing }) => {
      const source = await openRing(workerData.options);
      parentPort.postMessage('open');
      ${ENDINGS[ending]}
    });`;
  const worker = new Worker(code, { eval: true, workerData: { path: RING, options } });
  worker.on('error', () => {});
  const gone = new Promise<number>((resolve) => worker.once('exit', resolve));
  await once(worker, 'message');
  if (ending === 'waits and is terminated') void worker.terminate();
  return gone;
}

/** Takes the ports of so many rows in a worker. */
async function portsInWorker(options: RingOptions, count: number): Promise<readonly number[]> {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.path).then(async ({ openRing }) => {
      const source = await openRing(workerData.options);
      const ports = [];
      for await (const batch of source) {
        ports.push(...batch.port.subarray(0, batch.length));
        if (ports.length >= workerData.count) break;
      }
      await source.close();
      parentPort.postMessage(ports);
    });`;
  const worker = new Worker(code, { eval: true, workerData: { path: RING, options, count } });
  // Both can come in one turn: who waits for one and then for the other misses the other.
  const gone = once(worker, 'exit');
  const [ports] = (await once(worker, 'message')) as [readonly number[]];
  await gone;
  return ports;
}

/** What the test may call. */
export const calls = { openAndClose, throwWhenReadable, endWorker, portsInWorker };
