import { describe, expect, it } from 'vitest';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { portOf, protocolOf } from '../../../src/matcher/compiled-door.ts';
import { scanOdds } from '../../../src/matcher/scan-odds.ts';
import { decide, opened, syns, TestMatcher } from '../../support/decide.ts';
import { door, ports } from '../../support/door.ts';
import { seeded } from '../../support/seeded.ts';
import type { Packet } from '../../support/tuples.ts';

const ssh = door('7001,7002,7003', { name: 'ssh' });
const ME = '203.0.113.9';

function tripwiresOf(...args: Parameters<typeof compileDoors>): string[][] {
  return compileDoors(...args).doors.map(({ tripwires }) =>
    tripwires.map((key) => `${protocolOf(key)}/${portOf(key)}`),
  );
}

describe('tripwires', () => {
  it('lie on the next free port below and above each step', () => {
    expect(tripwiresOf([ssh])).toEqual([['tcp/7000', 'tcp/7004']]);
    expect(tripwiresOf([door('7000,8000:udp')])).toEqual([
      ['tcp/6999', 'tcp/7001', 'udp/7999', 'udp/8001'],
    ]);
  });

  it('keep off ports that a door lists, that open or that are in use', () => {
    const other = door('6999,2000', {
      open: [ports('tcp/7000'), ports('udp/7001'), ports('tcp/7003-7005')],
    });
    const avoid = { tcp: [7006], udp: [7000] };
    expect(tripwiresOf([door('7001,7002'), other], { avoid })[0]).toEqual(['tcp/6998', 'tcp/7007']);
  });

  it('stay within the ports that there are', () => {
    expect(tripwiresOf([door('1,65535')])).toEqual([['tcp/2', 'tcp/65534']]);
    expect(tripwiresOf([door('0,5')])).toEqual([['tcp/1', 'tcp/4', 'tcp/6']]);
  });

  it('are not laid for doors of one step, nor with a hold of 0, nor for shut doors', () => {
    const none = [
      door('7000'),
      door('1,2', { tripwireHoldSeconds: 0 }),
      door('5,9', { shutBecause: 'a test' }),
    ];
    expect(tripwiresOf(none, { seed: 'x' })).toEqual([[], [], []]);
  });

  it('come with 16 decoys where there is a seed, the same for the same seed', () => {
    const [first] = tripwiresOf([ssh], { seed: 'one' });
    expect(first).toHaveLength(18);
    expect(tripwiresOf([ssh], { seed: 'one' })).toEqual([first]);
    expect(tripwiresOf([ssh], { seed: 'two' })).not.toEqual([first]);
    expect(tripwiresOf([ssh, door('1,2')], { seed: 'one' })[0]).toEqual(first);
  });

  it('have decoys of the protocols that the steps have, spread over all ports', () => {
    const wires = tripwiresOf([door('7000:udp,8000:udp')], { seed: 'x' })[0]!;
    expect(wires.every((wire) => wire.startsWith('udp/'))).toBe(true);
    const decoys = Array.from(
      { length: 200 },
      (_, at) => tripwiresOf([ssh], { seed: `${at}` })[0]!,
    ).flat();
    const numbers = decoys
      .map((wire) => Number(wire.slice(4)))
      .filter((port) => port < 7000 || port > 7004);
    const mean = numbers.reduce((sum, port) => sum + port, 0) / numbers.length;
    expect(numbers).toHaveLength(3200);
    expect(Math.abs(mean - 32_768)).toBeLessThan(1500);
  });

  it('are in the interest, like steps', () => {
    const { interest } = compileDoors([ssh]);
    const isWanted = (port: number): boolean =>
      (interest.tcp[port >> 3]! & (1 << (port & 7))) !== 0;
    expect([6999, 7000, 7001, 7002, 7003, 7004, 7005].map(isWanted)).toEqual([
      false,
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('a source that hits a tripwire', () => {
  it('loses its attempts at that door', () => {
    expect(decide([ssh], syns([7001, 7002, 7004, 7003]))).toEqual([
      `${ME} ssh stage 1`,
      `${ME} ssh stage 2`,
      `${ME} ssh refuse 2: tripwire`,
    ]);
  });

  it('loses both attempts where two run side by side', () => {
    const log = decide([ssh], syns([7001, 7002, 7001, 7004, 7002, 7003]));
    expect(log.filter((line) => line.endsWith('tripwire'))).toHaveLength(2);
    expect(opened(log)).toEqual([]);
  });

  it('can begin again when the hold is over, and not a nanosecond earlier', () => {
    const knock = (nanoseconds: number): Packet[] => [
      { tcp: 7000, at: 100, nanoseconds: 500 },
      { tcp: 7001, at: 102, nanoseconds },
      { tcp: 7002, at: 103 },
      { tcp: 7003, at: 104 },
    ];
    expect(decide([ssh], knock(499))).toEqual([`${ME} ssh refuse 0: held`]);
    expect(opened(decide([ssh], knock(500)))).toHaveLength(1);
  });

  it('is not held longer for hitting more of them meanwhile', () => {
    const packets = [
      ...[100, 100.5, 101, 101.5, 101.9].map((at) => ({ tcp: 7004, at })),
      ...[7001, 7002, 7003].map((tcp, step) => ({ tcp, at: 102 + step / 10 })),
    ];
    expect(opened(decide([ssh], packets))).toHaveLength(1);
  });

  it('is held at that door alone, and other sources are not', () => {
    const web = door('6000,6500', { name: 'web' });
    const packets = [
      ...syns([7000, 6000, 6500]),
      ...syns([7001, 7002, 7003], { from: '10.0.0.1' }),
    ];
    expect(opened(decide([ssh, web], packets))).toEqual([`${ME} web`, '10.0.0.1 ssh']);
  });

  it('is judged with the door’s flags: a stray ACK is no scan', () => {
    const packets = [{ tcp: 7001 }, { tcp: 7004, flags: 0x10 }, { tcp: 7002 }, { tcp: 7003 }];
    expect(opened(decide([ssh], packets))).toHaveLength(1);
  });

  it('does not end the attempts of another door by that', () => {
    const far = door('9000,9500', { name: 'far' });
    expect(opened(decide([ssh, far], syns([9000, 7000, 9500])))).toEqual([`${ME} far`]);
  });

  it('is told of only where something is refused, and counted always', () => {
    const test = new TestMatcher([ssh]);
    expect(test.decide(syns([7000, 7004, 7000]))).toEqual([]);
    expect(test.matcher.stats()).toMatchObject({ holds: 1, tripwire: 0 });
  });
});

describe('R-23 a port scan', () => {
  const doors = [
    { name: 'rising', sequence: '7001,7002,7003' },
    { name: 'rising, spaced', sequence: '7001,7004,7009' },
    { name: 'falling', sequence: '7009,7008,7007' },
    { name: 'of UDP', sequence: '7001:udp,7002:udp,7003:udp' },
    { name: 'of four steps', sequence: '7001,7002,7003,7004' },
  ];
  const up = Array.from({ length: 60 }, (_, at) => 6980 + at);
  const down = [...up].reverse();
  const scans = [
    { scan: 'rising', order: up },
    { scan: 'falling', order: down },
    { scan: 'rising, each port twice', order: up.flatMap((port) => [port, port]) },
    { scan: 'rising, each port three times', order: up.flatMap((port) => [port, port, port]) },
    { scan: 'falling, each port twice', order: down.flatMap((port) => [port, port]) },
    { scan: 'rising, then all again', order: [...up, ...up] },
    { scan: 'falling, then all again', order: [...down, ...down] },
    { scan: 'rising and back', order: [...up, ...down] },
    {
      scan: 'rising, ten at a time twice',
      order: inGroups(up, 10).flatMap((ten) => [...ten, ...ten]),
    },
    {
      scan: 'rising, every port again three later',
      order: up.flatMap((port, at) => (at < 3 ? [port] : [port, up[at - 3]!])),
    },
  ];
  const rates = [1, 2, 5, 10, 100, 1000, 100_000];

  it.each(doors.flatMap((one) => scans.map((scan) => ({ ...one, ...scan }))))(
    'that is $scan does not open a door that is $name, at a port a second and faster',
    ({ sequence, order }) => {
      const isUdp = sequence.includes('udp');
      for (const portsPerSecond of rates) {
        const apart = up.length / order.length / portsPerSecond;
        const packets = order.map((port, at): Packet => {
          const time = 100 + at * apart;
          return isUdp ? { udp: port, at: time } : { tcp: port, at: time };
        });
        for (const seed of [undefined, 'a seed']) {
          expect(opened(decide([door(sequence)], packets, { seed }))).toEqual([]);
        }
      }
    },
  );

  it('in random order opens a door about as seldom as the odds say, and hardly ever when it is fast', () => {
    const compiled = compileDoors([door('7001,8200,5003')]);
    const odds = scanOdds(compiled, compiled.doors[0]!);
    expect(odds).toBe(9 * 8);
    const slow = randomScans(compiled, 1000, 65_535); // a second a port: nothing falls within 5 seconds
    const unhurried = randomScans(compiled, 4000, 4);
    const fast = randomScans(compiled, 4000, 1);
    expect(slow).toBe(0);
    expect(unhurried / 4000).toBeLessThan(1.2 / odds);
    expect(fast / 4000).toBeLessThan(0.5 / odds);
  });
});

/** How many of so many scans of all ports in random order, each so many seconds long, open a door. */
function randomScans(
  compiled: ReturnType<typeof compileDoors>,
  scans: number,
  seconds: number,
): number {
  const random = seeded(1);
  const { steps, tripwires } = compiled.doors[0]!;
  const test = new TestMatcher([compiled.doors[0]!.door]);
  let opens = 0;
  for (let scan = 0; scan < scans; scan++) {
    const start = 1000 + scan * (seconds + 10);
    const packets = [...steps, ...tripwires].map((tcp) => ({
      tcp,
      at: start + random() * seconds,
    }));
    packets.sort((a, b) => a.at - b.at);
    if (opened(test.decide(packets)).length > 0) opens++;
  }
  return opens;
}

function inGroups(numbers: readonly number[], size: number): number[][] {
  const groups: number[][] = [];
  for (let at = 0; at < numbers.length; at += size) groups.push(numbers.slice(at, at + size));
  return groups;
}
