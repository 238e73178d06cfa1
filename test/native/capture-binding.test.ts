import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addonPath, native } from '../../src/native.ts';
import { nativeDecoder } from '../../src/source/capture-decoder.ts';
import { allocateBatch } from '../../src/tuple/batch.ts';
import { COUNTERS, TUPLE_COLUMNS } from '../../src/tuple/columns.ts';
import { pcap } from '../support/capture.ts';
import { frame } from '../support/frame.ts';
import { interestIn } from '../support/interest.ts';

const FILE = pcap(
  Array.from({ length: 100 }, () => ({ bytes: frame({ tcp: { to: 7000, syn: true } }) })),
);

let folder = '';
let path = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-binding-'));
  path = join(folder, 'capture.pcap');
  writeFileSync(path, FILE);
});
afterAll(() => rmSync(folder, { recursive: true }));

const { Capture, layout, counters } = native() as unknown as {
  Capture: new (options: unknown) => {
    drain(): number;
    feed(chunk: unknown): void;
    counters(into: unknown): void;
    setInterest(interest: unknown): void;
    close(): void;
    readonly state: string;
  };
  layout: readonly { name: string; type: string }[];
  counters: readonly string[];
};

function options(): Record<string, unknown> {
  const { memory, arena, capacity } = allocateBatch(8);
  const key = new Uint8Array(16);
  return { memory, arena, capacity, interest: interestIn(), key, everyPacket: true };
}

describe('the addon', () => {
  it('describes the columns that TypeScript expects', () => {
    expect(layout.map(({ name, type }) => [name, type])).toEqual(TUPLE_COLUMNS);
    expect(counters).toEqual(COUNTERS);
  });
});

describe('Capture', () => {
  it.each<[string, unknown]>([
    ['no options', undefined],
    ['no memory', { ...options(), memory: undefined }],
    ['a view for memory', { ...options(), memory: new Uint8Array(8) }],
    ['memory that is too small', { ...options(), memory: new ArrayBuffer(64) }],
    ['memory of another capacity', { ...options(), capacity: 4096 }],
    ['a capacity of 0', { ...options(), capacity: 0 }],
    ['a capacity below 0', { ...options(), capacity: -1 }],
    ['a capacity of 2^31', { ...options(), capacity: 2 ** 31 }],
    ['a broken capacity', { ...options(), capacity: 8.5 }],
    ['a capacity that is none', { ...options(), capacity: '8' }],
    ['no arena', { ...options(), arena: undefined }],
    ['an arena of words', { ...options(), arena: new Uint32Array(4096) }],
    ['an arena too small for a payload', { ...options(), arena: new Uint8Array(100) }],
    ['no interest', { ...options(), interest: undefined }],
    ['a short bitmap', { ...options(), interest: { ...interestIn(), tcp: new Uint8Array(10) } }],
    ['no flags', { ...options(), interest: { ...interestIn(), tcpFlags: undefined } }],
    [
      'flags over a byte',
      { ...options(), interest: { ...interestIn(), tcpFlags: { mask: 256, value: 0 } } },
    ],
    ['a short key', { ...options(), key: new Uint8Array(8) }],
    ['a key of words', { ...options(), key: new Uint32Array(4) }],
  ])('refuses %s', (_, wrong) => {
    expect(() => new Capture(wrong)).toThrow(TypeError);
  });

  it('refuses a descriptor that is none, as Node would', () => {
    expect(() => new Capture({ ...options(), fd: 12345 })).toThrow(
      expect.objectContaining({ code: 'EBADF', syscall: 'fstat' }),
    );
  });

  it('refuses wrong arguments of its methods, and goes on', () => {
    const capture = new Capture(options());
    expect(() => capture.feed('text')).toThrow(TypeError);
    expect(() => capture.feed(new Uint16Array(4))).toThrow(TypeError);
    expect(() => capture.feed(undefined)).toThrow(TypeError);
    expect(() => capture.counters(new Float64Array(3))).toThrow(TypeError);
    expect(() => capture.setInterest(null)).toThrow(TypeError);
    expect(() => capture.drain.call({} as never)).toThrow();
    capture.feed(FILE);
    expect(capture.drain()).toBe(8);
  });

  it('writes nothing to memory that was given away', () => {
    const mine = options();
    const capture = new Capture(mine);
    capture.feed(FILE);
    expect(capture.drain()).toBe(8);
    structuredClone(mine['memory'], { transfer: [mine['memory'] as ArrayBuffer] });
    expect(() => capture.drain()).toThrow(TypeError);
  });

  it('may be used after it was closed: it has ended', () => {
    const capture = new Capture(options());
    capture.feed(FILE);
    capture.close();
    capture.close();
    capture.feed(FILE);
    expect(capture.drain()).toBe(0);
    expect(capture.state).toBe('ended');
  });

  it('lets go of descriptors and mappings, closed or forgotten', () => {
    const count = (): number => readdirSync('/proc/self/fd').length;
    const before = count();
    for (let round = 0; round < 500; round++) {
      const fd = openSync(path, 'r');
      const decoder = nativeDecoder(
        {
          batch: allocateBatch(8),
          interest: interestIn(),
          sourceKey: new Uint8Array(16),
          everyPacket: true,
        },
        fd,
      );
      closeSync(fd);
      expect(decoder.drain()).toBe(8);
      decoder.close();
    }
    expect(count()).toBeLessThanOrEqual(before + 2);
  });

  it('works in several worker threads at once, which may end amid their work', async () => {
    const program = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { Capture } = require(workerData.addon);
      const capture = new Capture(workerData.options);
      capture.feed(workerData.file);
      parentPort.postMessage(capture.drain());
      if (workerData.stays) setInterval(() => capture.drain(), 1);
    `;
    const run = async (stays: boolean): Promise<unknown> => {
      const worker = new Worker(program, {
        eval: true,
        workerData: { addon: addonPath(), options: options(), file: FILE, stays },
      });
      const rows = await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      await worker.terminate();
      return rows;
    };
    const rows = await Promise.all([true, false, true, false].map(run));
    expect(rows).toEqual([8, 8, 8, 8]);
  });
});
