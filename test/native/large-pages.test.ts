import { execFileSync } from 'node:child_process';
import { release } from 'node:os';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { largePages } from '../../src/engine/large-pages.ts';
import { addonPath, native } from '../../src/native.ts';

const [major, minor] = release().split('.').map(Number) as [number, number];
const CAN_COLLAPSE = major > 6 || (major === 6 && minor >= 1);

/** Fills four large pages' worth of memory, has it moved, and waits: the pool's only thread does one after the other. */
const MOVING = `
  const { readFileSync, promises } = require('node:fs');
  const { untilLargePage, useLargePages } = require(process.env.ADDON);
  const all = new Uint8Array(new SharedArrayBuffer(5 * 2 ** 21));
  const from = untilLargePage(all);
  const memory = all.subarray(from, from + 4 * 2 ** 21);
  for (let at = 0; at < memory.length; at++) memory[at] = at % 251;
  useLargePages(memory);
  promises.access('/').then(() => {
    const [, largeKiB] = /AnonHugePages: +(\\d+)/.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'));
    console.log(JSON.stringify({ largeKiB: Number(largeKiB), isKept: memory.every((byte, at) => byte === at % 251) }));
  });`;

function move(command: string, ...words: string[]): { largeKiB: number; isKept: boolean } {
  const env = { ...process.env, ADDON: addonPath(), UV_THREADPOOL_SIZE: '1' };
  const said = execFileSync(command, [...words, '-e', MOVING], { env, encoding: 'utf8' });
  return JSON.parse(said) as { largeKiB: number; isKept: boolean };
}

describe('memory in large pages', () => {
  it('holds what it held, in as many as fit', () => {
    const { largeKiB, isKept } = move(process.execPath);
    expect(isKept).toBe(true);
    expect(largeKiB).toBeGreaterThanOrEqual(CAN_COLLAPSE ? 4 * 2048 : 0);
  });

  it('stays as it is where the kernel gives none', () => {
    // PR_SET_THP_DISABLE, which holds for the program that follows.
    const forbid =
      'import ctypes, os, sys; ctypes.CDLL(None).prctl(41, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])';
    expect(move('python3', '-c', forbid, process.execPath)).toEqual({ largeKiB: 0, isKept: true });
  });

  it('begins where one does, zeroed and no longer than asked for', () => {
    const { untilLargePage } = native() as unknown as {
      untilLargePage(memory: Uint8Array): number;
    };
    const { allocate } = largePages();
    for (const bytes of [24, 3_000_000]) {
      const memory = allocate(bytes);
      expect(memory.length).toBe(bytes);
      expect(memory.every((byte) => byte === 0)).toBe(true);
      expect(untilLargePage(memory)).toBe(0);
      expect(untilLargePage(memory.subarray(16))).toBe(2 ** 21 - 16);
    }
  });

  it('may be left by who asked for it, amid the move', async () => {
    const program = `
      const { untilLargePage, useLargePages } = require(process.env.ADDON);
      const memory = new Uint8Array(8 * 2 ** 21).fill(1);
      useLargePages(memory);
      require('node:worker_threads').parentPort.postMessage('moving');`;
    const codes = [1, 2, 3].map(async () => {
      const worker = new Worker(program, {
        eval: true,
        env: { ...process.env, ADDON: addonPath() },
      });
      await new Promise((resolve) => worker.once('message', resolve));
      return worker.terminate();
    });
    for (const code of await Promise.all(codes)) expect([0, 1]).toContain(code);
  });

  it('is asked for by a view of it alone', () => {
    const addon = native() as unknown as Record<string, (memory: unknown) => void>;
    for (const name of ['untilLargePage', 'useLargePages']) {
      for (const wrong of [undefined, 7, new ArrayBuffer(8)]) {
        expect(() => addon[name]!(wrong)).toThrow(TypeError);
      }
    }
  });
});
