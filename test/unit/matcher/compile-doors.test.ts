import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Door } from '../../../src/door/door.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { portKey, portOf, protocolOf } from '../../../src/matcher/compiled-door.ts';
import { scanOdds } from '../../../src/matcher/scan-odds.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { door } from '../../support/door.ts';

const port = fc.integer({ min: 0, max: 65_535 });
const step = fc
  .tuple(port, fc.boolean())
  .map(([number, isUdp]) => `${number}${isUdp ? ':udp' : ''}`);
const flags = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }));
const anyDoor: fc.Arbitrary<Door> = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 32 }), flags, fc.integer({ min: 1, max: 4 }))
  .map(([steps, [mask, value], attemptsPerSource]) =>
    door(steps.join(), { flags: { mask, value: value & mask }, attemptsPerSource }),
  );
const doors = fc.array(anyDoor, { maxLength: 20 });

describe('compiled doors', () => {
  it('want exactly their steps and tripwires, in interest and dispatch alike', () => {
    fc.assert(
      fc.property(doors, fc.option(fc.string(), { nil: undefined }), (some, seed) => {
        const compiled = compileDoors(some, { seed });
        const keys = compiled.doors.flatMap(({ steps, tripwires }) => [...steps, ...tripwires]);
        const wanted = [...new Set(keys)].sort((a, b) => a - b);
        const dispatched = [...compiled.dispatch.keys()].filter(
          (key) => compiled.dispatch[key] !== 0,
        );
        expect(dispatched).toEqual(wanted);
        const { interest } = compiled;
        const bits = (['tcp', 'udp'] as const).flatMap((protocol) =>
          bitsOf(interest[protocol]).map((number) => portKey(protocol, number)),
        );
        expect(bits).toEqual(wanted);
        expect(interest).toMatchObject({ icmp: false, icmp6: false });
      }),
      { numRuns: 100 },
    );
  });

  it('ask the wire for no flags that some TCP knock may lack', () => {
    fc.assert(
      fc.property(doors, fc.integer({ min: 0, max: 255 }), (some, byte) => {
        const { interest, doors: compiled } = compileDoors(some);
        const { mask, value } = interest.tcpFlags;
        const isWanted = compiled.some(
          ({ steps, flagMask, flagValue }) =>
            steps.some((key) => protocolOf(key) === 'tcp') && (byte & flagMask) === flagValue,
        );
        if (isWanted) expect(byte & mask).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  it('ask it for SYN without ACK where all of them do', () => {
    const syn = { mask: 0x12, value: 0x02 };
    expect(compileDoors([door('1,2'), door('3,4:udp')]).interest.tcpFlags).toEqual(syn);
    const udp = door('5:udp', { flags: { mask: 0, value: 0 } });
    expect(compileDoors([door('1,2'), udp]).interest.tcpFlags).toEqual(syn);
    const ack = door('5', { flags: { mask: 0x10, value: 0x10 } });
    expect(compileDoors([door('1,2'), ack]).interest.tcpFlags).toEqual({ mask: 0, value: 0 });
    expect(compileDoors([]).interest.tcpFlags).toEqual({ mask: 0, value: 0 });
  });

  it('have one scope where they look at the same packets, ports apart', () => {
    const target = parseAddress('192.0.2.1')!;
    const network = { address: parseAddress('198.51.100.0')!, prefix: 24 };
    const scopes = [
      door('1,2'),
      door('3:udp,4', { name: 'other', windowSeconds: 9 }),
      door('1,2', { flags: { mask: 0x10, value: 0x10 } }),
      door('1,2', { vlan: 7 }),
      door('1,2', { target }),
      door('1,2', { allowFrom: [network] }),
      door('5,6', { allowFrom: [network] }),
    ];
    expect(compileDoors(scopes).doors.map(({ scopeId }) => scopeId)).toEqual([0, 0, 1, 2, 3, 4, 4]);
  });

  it('have room in a lane for all attempts of its doors', () => {
    fc.assert(
      fc.property(doors, (some) => {
        const { doors: compiled, lanes } = compileDoors(some);
        const inLane = new Array<number>(lanes).fill(0);
        for (const { lane, steps, attemptsPerSource } of compiled) {
          if (steps.length > 1) inLane[lane]! += attemptsPerSource;
        }
        expect(Math.max(0, ...inLane)).toBeLessThanOrEqual(4);
      }),
      { numRuns: 100 },
    );
  });

  it('give a port to tripwires only where no door lists it', () => {
    const { plans } = compileDoors([door('10,20'), door('11,19')]);
    for (const { kind, doors: wanting } of plans) {
      expect(wanting.length).toBeGreaterThan(0);
      expect(['step', 'tripwire']).toContain(kind);
    }
    expect(plans.filter(({ kind }) => kind === 'step')).toHaveLength(4);
  });
});

describe('the odds of a random scan', () => {
  it.each([
    { sequence: '7000', odds: 1 },
    { sequence: '7000,7000', odds: Number.POSITIVE_INFINITY },
    { sequence: '7000,9000', odds: 6 },
    { sequence: '7000,8000,9000', odds: 9 * 8 },
    { sequence: '7001,7002,7003', odds: 5 * 4 },
  ])('are 1 in $odds for $sequence', ({ sequence, odds }) => {
    const compiled = compileDoors([door(sequence)]);
    expect(scanOdds(compiled, compiled.doors[0]!)).toBe(odds);
  });

  it('count decoys, and other doors’ ports where those reset', () => {
    const seeded = compileDoors([door('7000,8000,9000')], { seed: 'x' });
    expect(scanOdds(seeded, seeded.doors[0]!)).toBe(25 * 24);
    const two = compileDoors([door('7000,8000,9000'), door('1000,2000')]);
    expect(scanOdds(two, two.doors[0]!)).toBe(11 * 10);
  });
});

function bitsOf(bits: Uint8Array): number[] {
  const all = Array.from({ length: 65_536 }, (_, number) => number);
  return all.filter((number) => (bits[number >> 3]! & (1 << (number & 7))) !== 0).map(portOf);
}
