import { describe, expect, it } from 'vitest';
import { openRing, type RingOptions } from '../../src/source/ring.ts';
import { interestIn } from '../support/interest.ts';

/** Whatever passes the check fails at this interface: with a CaptureError, from the kernel. */
const NOWHERE = { interfaces: ['nosuch0'], interest: interestIn({ tcp: [7000] }) };

function opening(options: object): Promise<unknown> {
  return openRing({ ...NOWHERE, ...options } as RingOptions);
}

describe('options of a ring', () => {
  const ranges = [
    ...[0, 1, 3, 64, 100, 255, 257, 262_144, 2 ** 31, 2 ** 32, -256, 0.5, NaN, Infinity].map(
      (slotBytes) => ({ slotBytes }),
    ),
    ...[0, 1, 3, 128, 65_535, 2 ** 23, 2 ** 31, 2 ** 32, 2 ** 53, -1, 256.5, NaN, -Infinity].map(
      (slots) => ({ slots }),
    ),
    { slotBytes: 131_072, slots: 16_384 },
    { capacity: -1 },
    { arenaBytes: -1 },
  ];
  it.each(ranges)('out of range are refused before the kernel is asked: %o', async (options) => {
    await expect(opening(options)).rejects.toThrow(RangeError);
  });

  const mistakes = [
    { slotBytes: '256' },
    { slotBytes: '' },
    { slotBytes: 256n },
    { slots: [] },
    { slots: Symbol('slots') },
    { slots: { valueOf: () => expect.unreachable('the caller’s code ran') } },
    { capacity: 0 },
    { capacity: 2 ** 21 },
    { capacity: 1.5 },
    { arenaBytes: 100 },
    { interfaces: [] },
    { interfaces: 'lo' },
    { interfaces: [7] },
    { interfaces: undefined },
    { interest: undefined },
    { interest: { ...NOWHERE.interest, tcp: new Uint8Array(1) } },
    { sourceKey: new Uint8Array(15) },
    { sourceKey: 'sixteen letters!' },
    { signal: {} },
  ];
  it.each(mistakes)(
    'of another type are refused before the kernel is asked: %o',
    async (options) => {
      await expect(opening(options)).rejects.toThrow(TypeError);
    },
  );

  const good = [
    {},
    { slotBytes: 128, slots: 512 },
    { slotBytes: 131_072, slots: 1 },
    { slotBytes: 131_072, slots: 8192 },
    { capacity: 1, arenaBytes: 2048 },
  ];
  it.each(good)('that are right get as far as the interface: %o', async (options) => {
    await expect(opening(options)).rejects.toMatchObject({ code: 'CAPTURE_NO_INTERFACE' });
  });
});
