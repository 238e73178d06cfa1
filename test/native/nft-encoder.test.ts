import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nftAddon, type NftSocket } from '../../src/firewall/nft/addon.ts';
import { ACTION, allocateRows, checkElementLayout } from '../../src/firewall/nft/element-rows.ts';
import { KEY } from '../../src/firewall/nft/table.ts';
import { hasNative } from '../../src/native.ts';

const ERANGE = 34;
const EINVAL = 22;
const MAX_MS = 1_000_000;
const NFTA_SET_ELEM_TIMEOUT = 4;

describe.skipIf(!hasNative())('the element encoder', () => {
  const rows = allocateRows(64);
  const socket = (): NftSocket => {
    const addon = nftAddon();
    checkElementLayout(addon);
    const made = new addon.NftSocket('t', new Uint8Array(16), MAX_MS, rows.memory, 64);
    made.describe(
      ['a', 'b'],
      Uint8Array.of(KEY.address4ProtocolPort, KEY.address6),
      ['d'],
      Uint32Array.of(1),
      ['inet t', 'inet t'],
    );
    return made;
  };
  const fill = (row: number, timeoutMs: number): void => {
    rows.timeoutMs[row] = timeoutMs;
    rows.set[row] = row & 1;
    rows.door[row] = 0;
    rows.action[row] = ACTION.add;
  };

  it('R-96: encodes no element without an end within bounds', () => {
    const encoder = socket();
    const time = fc.oneof(
      fc.double(),
      fc.double({ min: -20, max: 20 }),
      fc.double({ min: MAX_MS - 2, max: MAX_MS + 2 }),
      fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 9.999, 10, MAX_MS, MAX_MS + 1, 2 ** 64),
      fc.integer({ min: 10, max: MAX_MS }),
    );
    fc.assert(
      fc.property(fc.array(time, { minLength: 50, maxLength: 50 }), (times) => {
        for (const [row, timeoutMs] of times.entries()) fill(row, timeoutMs);
        const encoded = timeoutsIn(encoder.encode(times.length));
        const fitting = times.filter((timeoutMs) => timeoutMs >= 10 && timeoutMs <= MAX_MS);
        expect(encoded).toEqual(fitting.map((timeoutMs) => Math.floor(timeoutMs)));
        for (const [row, timeoutMs] of times.entries()) {
          expect(rows.error[row]).toBe(fitting.includes(timeoutMs) ? 0 : ERANGE);
        }
      }),
      { numRuns: 2000 }, // of 50 elements each
    );
    encoder.close();
  });

  it('refuses rows that point nowhere', () => {
    const encoder = socket();
    for (let row = 0; row < 4; row++) fill(row, 1000);
    rows.set[0] = 2;
    rows.door[1] = 1;
    rows.action[2] = 5;
    encoder.encode(4);
    expect([...rows.error.subarray(0, 4)]).toEqual([EINVAL, EINVAL, EINVAL, 0]);
    encoder.close();
  });

  it('refuses arguments of the wrong kind, and calls after close', () => {
    const { NftSetReading, NftSocket, NftTransaction } = nftAddon();
    const encoder = socket();
    expect(() => encoder.encode(65)).toThrow(TypeError);
    expect(() => encoder.apply(-1)).toThrow(TypeError);
    expect(() => encoder.readSet(2)).toThrow(TypeError);
    expect(() =>
      encoder.describe(['a'], Uint8Array.of(9), [], new Uint32Array(), ['inet t']),
    ).toThrow(TypeError);
    expect(() => new NftSocket('t', new Uint8Array(3), 1, rows.memory, 64)).toThrow(TypeError);
    expect(() => new NftSocket('t', new Uint8Array(16), 1, rows.memory, 65)).toThrow(TypeError);
    expect(() => new NftTransaction({} as NftSocket)).toThrow(TypeError);
    expect(() => new NftSetReading({} as NftSocket, 0)).toThrow(TypeError);
    expect(() => new NftSetReading(encoder, 2)).toThrow(TypeError);
    const transaction = new NftTransaction(encoder);
    expect(() => transaction.accept()).toThrow(TypeError);
    expect(() => transaction.closeRule('')).toThrow(TypeError);
    expect(() => transaction.createSet('s', 17, false, 0, 0, 0, false)).toThrow(TypeError);
    encoder.close();
    encoder.close();
    expect(() => encoder.apply(1)).toThrow(/EBADF/);
    expect(() => transaction.commit()).toThrow(/EBADF/);
  });

  it('reads nothing from a set that is not there, nor after close', () => {
    const described = socket();
    const reading = new (nftAddon().NftSetReading)(described, 0);
    described.close();
    expect(reading.next()).toBeUndefined();
    reading.close();
    expect(reading.next()).toBeUndefined();
  });

  it('lives and dies with a worker thread', async () => {
    const { Worker } = await import('node:worker_threads');
    const script = `
      const { createRequire } = require('node:module');
      const addon = createRequire(${JSON.stringify(import.meta.url)})('../../build/Release/postern.node');
      const rows = new ArrayBuffer(4096);
      for (let n = 0; n < 50; n++) new addon.NftSocket('t', new Uint8Array(16), 1e6, rows, 4);
    `;
    for (let round = 0; round < 3; round++) {
      const worker = new Worker(script, { eval: true });
      const code = await new Promise((resolve) => worker.once('exit', resolve));
      expect(code).toBe(0);
    }
  });
});

/** Walks over the messages of a batch down to the elements' timeouts. */
function timeoutsIn(batch: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at < batch.length; at += batch.readUInt32LE(at)) {
    const end = at + batch.readUInt32LE(at);
    const isElement = (batch.readUInt16LE(at + 4) & 0xff) === 12; // NFT_MSG_NEWSETELEM
    if (isElement) walk(batch, at + 20, end, [3, 1], found);
  }
  return found;
}

/** `path`: the nests that lead to an element's attributes. */
function walk(batch: Buffer, from: number, to: number, path: number[], found: number[]): void {
  for (let at = from; at < to; at += (batch.readUInt16LE(at) + 3) & ~3) {
    const type = batch.readUInt16LE(at + 2) & 0x3fff;
    const end = at + batch.readUInt16LE(at);
    if (path.length > 0 && type === path[0]) walk(batch, at + 4, end, path.slice(1), found);
    else if (path.length === 0 && type === NFTA_SET_ELEM_TIMEOUT) {
      found.push(Number(batch.readBigUInt64BE(at + 4)));
    }
  }
}
