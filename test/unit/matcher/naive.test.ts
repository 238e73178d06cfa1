import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Door } from '../../../src/door/door.ts';
import { isPortStep } from '../../../src/door/step.ts';
import { compileDoors, type CompiledDoors } from '../../../src/matcher/compile-doors.ts';
import { Matcher } from '../../../src/matcher/matcher.ts';
import type { Decision } from '../../../src/matcher/decision.ts';
import { door, knockdDoor } from '../../support/door.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import type { Network } from '../../../src/tuple/network.ts';
import { NaiveMatcher } from '../../support/naive-matcher.ts';
import { batchOf, readable, type Packet } from '../../support/tuples.ts';

const RUNS = Number(process.env['MATCHER_RUNS'] ?? 5_000);
const SEED = Number(process.env['MATCHER_SEED'] ?? Date.now() % 0x1_0000_0000);

/** Few ports and few sources, so that streams meet doors, tripwires and each other all the time. */
const port = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 }));
const step = fc
  .tuple(port, fc.boolean())
  .map(([number, isUdp]) => (isUdp ? `${number}:udp` : `${number}`));
/** And, at our doors, pings of a few sizes. */
const anyStep = fc.oneof(
  { weight: 6, arbitrary: step },
  { weight: 1, arbitrary: fc.constantFrom('icmp', 'icmp6', 'icmp:1', 'icmp:2', 'icmp6:1') },
);
const flags = fc.constantFrom(
  { mask: 0x12, value: 0x02 },
  { mask: 0x02, value: 0x02 },
  { mask: 0, value: 0 },
  { mask: 0x10, value: 0x10 },
);

const ourDoor: fc.Arbitrary<Door> = fc
  .record({
    sequence: fc.array(anyStep, { minLength: 1, maxLength: 8 }),
    windowSeconds: fc.constantFrom(1, 2, 5),
    flags,
    vlan: fc.constantFrom<number | 'any'>(0, 0, 7, 'any'),
    onWrongPort: fc.constantFrom('reset', 'reset', 'ignore'),
    ignoreRepeats: fc.boolean(),
    attemptsPerSource: fc.integer({ min: 1, max: 4 }),
    tripwireHoldSeconds: fc.constantFrom(0, 0.5, 2),
    wholeSeconds: fc.boolean(),
    more: fc.constantFrom<Partial<Door>>(
      {},
      {},
      { cooldownSeconds: 0.25 },
      { cooldownSeconds: 2, allowFrom: [network('10.0.0.0', 30), network('fd00::', 16)] },
      { allowFrom: [network('10.0.0.2', 32), network('::ffff:0.0.0.0', 96)] },
    ),
  })
  .map(({ sequence, more, ...over }) => door(sequence.join(','), { ...over, ...more }));

function network(address: string, prefix: number): Network {
  return { address: parseAddress(address)!, prefix };
}

const oldDoor: fc.Arbitrary<Door> = fc
  .record({
    sequence: fc.array(step, { minLength: 1, maxLength: 8 }),
    windowSeconds: fc.integer({ min: 0, max: 4 }),
    flags,
  })
  .map(({ sequence, ...over }) => knockdDoor(sequence.join(','), over));

const packet = fc.record({
  key: fc.tuple(
    fc.integer({ min: 0, max: 13 }),
    fc.constantFrom('tcp', 'tcp', 'tcp', 'udp', 'udp', 'udp', 'icmp', 'icmp6'),
  ),
  from: fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1', '::ffff:10.0.0.1'),
  flags: fc.constantFrom(0x02, 0x02, 0x02, 0x12, 0x10),
  vlan: fc.constantFrom(0, 0, 0, 7),
  stepMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 400 }) },
    { weight: 1, arbitrary: fc.integer({ min: -500, max: 3_000 }) },
  ),
});

/**
 * Packets at random, and among them the right knocks of some doors, in their order or near it, so that
 * doors do open.
 */
function stream(doors: readonly Door[]): fc.Arbitrary<Packet[]> {
  const pick = fc.record({ door: fc.nat(), isRight: fc.nat(3), skip: fc.nat(5) });
  return fc.array(fc.tuple(packet, pick), { maxLength: 80 }).map((rolls) => {
    const progress = doors.map(() => 0);
    let atMs = 100_000;
    return rolls.map(
      ([
        {
          key: [number, protocol],
          stepMs,
          ...rest
        },
        { door: at, isRight, skip },
      ]) => {
        atMs = Math.max(0, atMs + stepMs);
        const time = { at: atMs / 1000 };
        if (isRight === 0) return { [protocol]: number, ...time, ...rest };
        const index = at % Math.min(doors.length, 3);
        const { steps, flags: judged } = doors[index]!;
        if (skip > 0) progress[index]!++;
        const next = steps[progress[index]! % steps.length]!;
        return {
          [next.protocol]: isPortStep(next) ? next.port : (next.size ?? number),
          ...time,
          from: skip > 3 ? rest.from : '10.0.0.1',
          flags: judged.value,
        };
      },
    );
  });
}

function scenario(one: fc.Arbitrary<Door>): fc.Arbitrary<[Door[], Packet[], number[]]> {
  return fc
    .array(one, { minLength: 1, maxLength: 20 })
    .map((doors) => doors.map((each, index) => ({ ...each, name: `door${index}` })))
    .chain((doors) =>
      fc.tuple(fc.constant(doors), stream(doors), fc.array(fc.integer({ min: 0, max: 60 }))),
    );
}

function decide(compiled: CompiledDoors, batches: Packet[][]): string[] {
  const matcher = new Matcher(compiled, { maxAttempts: 1 << 14 });
  const decisions: Decision[] = [];
  for (const packets of batches) matcher.match(batchOf(packets), decisions);
  expect(matcher.stats().evicted).toBe(0);
  return readable(decisions);
}

function splitAt(packets: Packet[], cuts: readonly number[]): Packet[][] {
  const ends = [...cuts, packets.length]
    .filter((cut) => cut <= packets.length)
    .sort((a, b) => a - b);
  return ends.map((end, index) => packets.slice(ends[index - 1] ?? 0, end));
}

describe.each([
  { rules: 'our rules', one: ourDoor, compat: undefined },
  { rules: 'the rules of 0.8', one: oldDoor, compat: 'knockd' },
] as const)('the matcher by $rules', ({ one, compat }) => {
  it(`R-74 decides as the naive one does, however a stream is cut into batches (${RUNS} runs, seed ${SEED})`, () => {
    fc.assert(
      fc.property(scenario(one), ([doors, packets, cuts]) => {
        const compiled = compileDoors(doors, { compat, seed: 'decoys' });
        const naive = new NaiveMatcher(compiled);
        for (const each of packets) naive.offer(each);
        expect(decide(compiled, [packets])).toEqual(naive.log);
        expect(decide(compiled, splitAt(packets, cuts))).toEqual(naive.log);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
