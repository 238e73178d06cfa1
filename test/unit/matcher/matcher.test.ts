import { describe, expect, it } from 'vitest';
import { isPortStep } from '../../../src/door/step.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { Matcher } from '../../../src/matcher/matcher.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { decide, opened, syns, TestMatcher } from '../../support/decide.ts';
import { door } from '../../support/door.ts';
import { batchOf, type Packet } from '../../support/tuples.ts';

const ssh = door('7000,8000,9000', { name: 'ssh' });
const ME = '203.0.113.9';

describe('a knock sequence', () => {
  it('goes through its stages and opens', () => {
    expect(decide([ssh], syns([7000, 8000, 9000]))).toEqual([
      `${ME} ssh stage 1`,
      `${ME} ssh stage 2`,
      `${ME} ssh stage 3`,
      `${ME} ssh open`,
    ]);
  });

  it('says when, by whom and at which address', () => {
    const test = new TestMatcher([ssh]);
    const packets = syns([7000, 8000, 9000]);
    packets[2] = { tcp: 9000, at: 1_700_000_000, nanoseconds: 123_456_789, to: '198.51.100.7' };
    packets[0] = { tcp: 7000, at: 1_699_999_999 };
    packets[1] = { tcp: 8000, at: 1_699_999_999 };
    expect(test.decisions(packets).at(-1)).toEqual({
      kind: 'open',
      door: ssh,
      source: parseAddress(ME),
      target: parseAddress('198.51.100.7'),
      seconds: 1_700_000_000,
      nanoseconds: 123_456_789,
    });
  });

  it('opens again at every further knock, and a door of one step at every packet', () => {
    const twice = [...syns([7000, 8000, 9000]), ...syns([7000, 8000, 9000])];
    expect(opened(decide([ssh], twice))).toEqual([`${ME} ssh`, `${ME} ssh`]);
    const bell = door('4000', { name: 'bell' });
    expect(opened(decide([bell], syns([4000, 4000, 4000])))).toHaveLength(3);
  });

  it('may have a port twice in a row or come back to one', () => {
    const thrice = door('7000,7000,7000', { name: 'thrice' });
    expect(opened(decide([thrice], syns([7000, 7000, 7000])))).toEqual([`${ME} thrice`]);
    const back = door('7000,8000,7000,9000', { name: 'back' });
    expect(opened(decide([back], syns([7000, 8000, 7000, 9000])))).toEqual([`${ME} back`]);
  });

  it('tells protocols apart on the same port', () => {
    const mixed = door('7000:udp,7000,7001:udp', { name: 'mixed' });
    expect(opened(decide([mixed], [{ udp: 7000 }, { tcp: 7000 }, { udp: 7001 }]))).toEqual([
      `${ME} mixed`,
    ]);
    expect(decide([mixed], [{ tcp: 7000 }, { udp: 7000 }, { udp: 7001 }]).join()).not.toMatch(
      /open/,
    );
  });

  it('takes no notice of ports that no door lists', () => {
    expect(opened(decide([ssh], syns([7000, 443, 8000, 80, 9000])))).toEqual([`${ME} ssh`]);
  });

  it('ends at a port of the door that is not waited for, and at one of another door', () => {
    expect(decide([ssh], syns([7000, 9000, 8000, 9000]))).toEqual([
      `${ME} ssh stage 1`,
      `${ME} ssh refuse 1: wrong port`,
    ]);
    const web = door('6000,6500', { name: 'web' });
    expect(decide([ssh, web], syns([7000, 6500, 8000, 9000]))).toEqual([
      `${ME} ssh stage 1`,
      `${ME} ssh refuse 1: wrong port`,
    ]);
    const lenient = { ...ssh, onWrongPort: 'ignore' } as const;
    expect(opened(decide([lenient, web], syns([7000, 6500, 8000, 9000])))).toEqual([`${ME} ssh`]);
  });

  it('goes on when another source knocks in between, IPv4 or IPv6', () => {
    const others = ['203.0.113.10', '2001:db8::9', '::ffff:203.0.113.9'];
    const packets = [7000, 8000, 9000].flatMap((tcp): Packet[] => [
      { tcp },
      ...others.map((from) => ({ tcp, from })),
    ]);
    expect(opened(decide([ssh], packets))).toEqual([ME, ...others].map((who) => `${who} ssh`));
  });
});

describe('R-08 repeats of a knock', () => {
  const doubled = [7000, 7000, 8000, 8000, 9000, 9000];
  const tripled = [7000, 7000, 7000, 8000, 8000, 8000, 9000, 9000, 9000];

  it.each([
    { what: 'doubled', ports: doubled, apart: 0.001 },
    { what: 'doubled a second apart', ports: doubled, apart: 0.9 },
    { what: 'tripled', ports: tripled, apart: 0.2 },
  ])('$what open once', ({ ports, apart }) => {
    const packets = ports.map((tcp, at) => ({ tcp, at: 100 + at * apart }));
    expect(opened(decide([ssh], packets))).toEqual([`${ME} ssh`]);
  });

  it('open 100 of 100 times, and never where repeats end an attempt', () => {
    const sources = Array.from({ length: 100 }, (_, at) => `10.0.0.${at + 1}`);
    const packets = sources.flatMap((from) => syns(doubled, { from }));
    expect(opened(decide([ssh], packets))).toHaveLength(100);
    expect(
      opened(decide([{ ...ssh, ignoreRepeats: false, attemptsPerSource: 1 }], packets)),
    ).toEqual([]);
  });

  it('do not move the window: it counts from the first knock', () => {
    const packets = [
      { tcp: 7000, at: 100 },
      { tcp: 7000, at: 104 },
      { tcp: 8000, at: 104.5 },
      { tcp: 9000, at: 105.5 },
    ];
    expect(opened(decide([ssh], packets))).toEqual([]);
  });

  it('advance where the next step is that port', () => {
    const stutter = door('7000,7000,8000', { name: 'stutter' });
    expect(opened(decide([stutter], syns([7000, 7000, 8000])))).toEqual([`${ME} stutter`]);
  });
});

describe('R-10 doors that share a beginning', () => {
  const doors = [
    door('7001,7002,7003', { name: 'one', tripwireHoldSeconds: 0 }),
    door('7001,7002,8003', { name: 'two', tripwireHoldSeconds: 0 }),
    door('7001,9002', { name: 'three', tripwireHoldSeconds: 0 }),
  ];
  const pairs = doors.flatMap((a) => doors.map((b) => ({ a, b })));

  it.each(pairs)(
    'open each by its own knock: $a.name and $b.name, interleaved in every way',
    ({ a, b }) => {
      for (const order of interleavings(a.steps.length, b.steps.length)) {
        const left = a.steps.filter(isPortStep);
        const right = b.steps.filter(isPortStep);
        const packets = order.map((isLeft): Packet => {
          const step = (isLeft ? left : right).shift()!;
          return { tcp: step.port, from: isLeft ? '10.0.0.1' : '10.0.0.2' };
        });
        const who = opened(decide(doors, packets)).sort();
        expect(who).toEqual([`10.0.0.1 ${a.name}`, `10.0.0.2 ${b.name}`]);
      }
    },
  );

  it('both open where they have the same knock', () => {
    const twins = [door('1,2,3', { name: 'a' }), door('1,2,3', { name: 'b' })];
    expect(opened(decide(twins, syns([1, 2, 3])))).toEqual([`${ME} a`, `${ME} b`]);
  });

  it('are as many as they like: 50 doors with one first port keep one source’s attempts apart', () => {
    const many = Array.from({ length: 50 }, (_, at) =>
      door(`1000,${2000 + 2 * at}`, { name: `d${at}` }),
    );
    const packets = [{ tcp: 1000 }, { tcp: 2000 + 2 * 37 }];
    expect(opened(decide(many, packets))).toEqual([`${ME} d37`]);
    const ignoring = many.map((one) => ({ ...one, onWrongPort: 'ignore' as const }));
    const all = [1000, ...Array.from({ length: 50 }, (_, at) => 2000 + 2 * at)];
    expect(opened(decide(ignoring, syns(all)))).toHaveLength(50);
  });
});

describe('R-25 the window', () => {
  const at = (seconds: number, nanoseconds: number, tcp: number): Packet => ({
    tcp,
    at: seconds,
    nanoseconds,
  });
  const knock = (start: number, end: [number, number]): Packet[] => [
    at(100, start, 7000),
    at(102, 0, 8000),
    at(...end, 9000),
  ];

  it('is exact: 20 ms before its end a knock opens, 20 ms after it does not, 100 of 100 times', () => {
    for (let run = 0; run < 100; run++) {
      const start = run * 9_999_999;
      const near = start >= 20_000_000;
      const before: [number, number] = near
        ? [105, start - 20_000_000]
        : [104, 980_000_000 + start];
      const after: [number, number] =
        start < 980_000_000 ? [105, start + 20_000_000] : [106, start - 980_000_000];
      expect(opened(decide([ssh], knock(start, before)))).toHaveLength(1);
      expect(opened(decide([ssh], knock(start, after)))).toHaveLength(0);
    }
  });

  it('ends to the nanosecond, and its very end is outside', () => {
    expect(opened(decide([ssh], knock(500, [105, 499])))).toHaveLength(1);
    expect(opened(decide([ssh], knock(500, [105, 500])))).toHaveLength(0);
  });

  it('has room for knocks at one and the same time', () => {
    expect(opened(decide([ssh], syns([7000, 8000, 9000], { at: 100 })))).toHaveLength(1);
  });

  it('tells of the end at the next packet that a door looks at, with the stage that was reached', () => {
    const packets = [
      { tcp: 7000, at: 100 },
      { tcp: 8000, at: 101 },
      { tcp: 80, at: 120 },
      { tcp: 9000, at: 130, from: '10.0.0.1' },
    ];
    const test = new TestMatcher([ssh]);
    const decisions = test.decisions(packets);
    expect(decisions.at(-1)).toMatchObject({ kind: 'timeout', stage: 2, seconds: 130 });
  });

  it('lets a source begin anew once it is over', () => {
    const late = [7000, 8000, 7000, 8000, 9000].map((tcp, index) => ({ tcp, at: 100 + 3 * index }));
    late[2] = { tcp: 7000, at: 105 };
    late[3] = { tcp: 8000, at: 106 };
    late[4] = { tcp: 9000, at: 107 };
    expect(opened(decide([ssh], late))).toHaveLength(1);
  });
});

describe('packet time', () => {
  it('does not run back: what is late counts at the latest time seen', () => {
    const packets = [
      { tcp: 7000, at: 100 },
      { tcp: 8000, at: 99.5 },
      { tcp: 9000, at: 104.9 },
    ];
    expect(opened(decide([ssh], packets))).toHaveLength(1);
    const tooLate = [
      { tcp: 7000, at: 100 },
      { tcp: 6000, at: 106 },
      ...syns([8000, 9000], { at: 101 }),
    ];
    expect(opened(decide([ssh, door('6000')], tooLate))).toEqual([`${ME} 6000`]);
  });

  it.each([
    { when: 'before the epoch', from: -5 },
    { when: 'past 2^53 microseconds', from: 2 ** 53 / 1e6 + 10 },
    { when: 'at the end of what seconds can say', from: 2 ** 52 },
  ])('may lie $when', ({ from }) => {
    const packets = [7000, 8000, 9000].map((tcp, step) => ({ tcp, at: from + step }));
    expect(opened(decide([ssh], packets))).toHaveLength(1);
  });

  it('may leap centuries: attempts end, and new ones begin', () => {
    const packets = [7000, 8000, 9000].map((tcp, step) => ({ tcp, at: step * 1e10 }));
    expect(decide([ssh], packets)).toEqual([`${ME} ssh stage 1`, `${ME} ssh timeout 1`]);
    const again = [
      { tcp: 7000, at: 5 },
      ...[7000, 8000, 9000].map((tcp, step) => ({ tcp, at: 1e10 + step })),
    ];
    expect(opened(decide([ssh], again))).toHaveLength(1);
  });

  it('keeps windows longer than the ticks of the table reach', () => {
    const patient = door('7000,8000', { name: 'patient', windowSeconds: 10_000_000 });
    const packets = [
      { tcp: 7000, at: 100 },
      { tcp: 8000, at: 9_000_000 },
    ];
    expect(opened(decide([patient], packets))).toHaveLength(1);
  });
});

describe('what a door looks at', () => {
  const through = (packet: Packet): Packet[] =>
    [7000, 8000, 9000].map((tcp) => ({ tcp, ...packet }));

  it.each([
    { what: 'SYN', packet: { flags: 0x02 }, opens: true },
    { what: 'SYN with ECE and CWR', packet: { flags: 0xc2 }, opens: true },
    { what: 'SYN+ACK', packet: { flags: 0x12 }, opens: false },
    { what: 'ACK', packet: { flags: 0x10 }, opens: false },
    { what: 'NULL', packet: { flags: 0 }, opens: false },
    { what: 'a VLAN tag', packet: { vlan: 7 }, opens: false },
    { what: 'a reject that shows its ports', packet: { verdict: 7 }, opens: false },
    { what: 'a row that the interest left out', packet: { verdict: 1 }, opens: true },
  ])('$what: opens $opens', ({ packet, opens }) => {
    expect(opened(decide([ssh], through(packet)))).toHaveLength(opens ? 1 : 0);
  });

  it.each([
    { vlan: 'any', tag: 0, opens: true },
    { vlan: 'any', tag: 7, opens: true },
    { vlan: 7, tag: 7, opens: true },
    { vlan: 7, tag: 8, opens: false },
    { vlan: 7, tag: 0, opens: false },
  ] as const)('vlan = $vlan and tag $tag: opens $opens', ({ vlan, tag, opens }) => {
    expect(opened(decide([{ ...ssh, vlan }], through({ vlan: tag })))).toHaveLength(opens ? 1 : 0);
  });

  it('ignores for its attempt what lacks its flags, even where another door takes notice', () => {
    const acks = door('5000', { name: 'acks', flags: { mask: 0x10, value: 0x10 } });
    const packets = [{ tcp: 7000 }, { tcp: 5000, flags: 0x10 }, { tcp: 8000 }, { tcp: 9000 }];
    expect(opened(decide([ssh, acks], packets))).toEqual([`${ME} acks`, `${ME} ssh`]);
  });

  it('is addressed to the host itself, once its addresses are known', () => {
    const test = new TestMatcher([ssh]);
    test.matcher.setLocalAddresses(['192.0.2.1', '2001:db8::1'].map((text) => parseAddress(text)!));
    expect(opened(test.decide(through({ to: '192.0.2.2' })))).toEqual([]);
    expect(opened(test.decide(through({ to: '192.0.2.1' })))).toHaveLength(1);
    expect(opened(test.decide(through({ from: '2001:db8::9' })))).toHaveLength(1);
    expect(opened(test.decide(through({ from: '2001:db8::9', to: '::ffff:192.0.2.1' })))).toEqual(
      [],
    );
    test.matcher.setLocalAddresses(undefined);
    expect(opened(test.decide(through({ to: '192.0.2.2' })))).toHaveLength(1);
  });

  it('is addressed to the target where the door has one, whoever’s address that is', () => {
    const behind = { ...ssh, target: parseAddress('198.51.100.7')! };
    const test = new TestMatcher([behind]);
    test.matcher.setLocalAddresses([parseAddress('192.0.2.1')!]);
    expect(opened(test.decide(through({})))).toEqual([]);
    expect(opened(test.decide(through({ to: '198.51.100.7' })))).toHaveLength(1);
  });

  it('one knock may be spread over several of the host’s addresses', () => {
    const packets = through({}).map((packet, at) => ({ ...packet, to: `192.0.2.${at + 1}` }));
    expect(opened(decide([ssh], packets))).toHaveLength(1);
  });

  it('is nothing where the door is shut for good', () => {
    expect(decide([{ ...ssh, shutBecause: 'a test' }], syns([7000, 8000, 9000]))).toEqual([]);
  });
});

describe('R-39 two people behind one address', () => {
  const interleaved = [7000, 8000, 7000, 9000, 8000, 9000];

  it('both get in with two attempts a source', () => {
    expect(opened(decide([ssh], syns(interleaved)))).toEqual([`${ME} ssh`, `${ME} ssh`]);
  });

  it('hinder each other with one', () => {
    const single = { ...ssh, attemptsPerSource: 1 };
    expect(opened(decide([single], syns(interleaved)))).toEqual([]);
  });

  it('get in whatever the order in which their knocks arrive', () => {
    for (const order of interleavings(3, 3)) {
      const [left, right] = [
        [7000, 8000, 9000],
        [7000, 8000, 9000],
      ];
      const ports = order.map((isLeft) => (isLeft ? left : right).shift()!);
      expect(opened(decide([ssh], syns(ports))).length).toBeGreaterThan(0);
    }
  });

  it('are served in the order in which they began, so that the one with less time left is in time', () => {
    const ports = [7000, 8000, 7000, 8000, 9000, 9000];
    const times = [100, 100.1, 101, 101.1, 104, 105.5];
    const packets = ports.map((tcp, at) => ({ tcp, at: times[at]! }));
    expect(opened(decide([ssh], packets))).toHaveLength(2);
  });

  it('do not get in by knocks in the wrong order', () => {
    for (const ports of [
      [8000, 7000, 9000],
      [9000, 8000, 7000],
      [7000, 9000, 8000],
    ]) {
      expect(opened(decide([ssh], syns(ports)))).toEqual([]);
    }
  });
});

describe('event lines', () => {
  const many = Array.from({ length: 200 }, (_, at): Packet => ({
    tcp: 7000,
    from: `10.0.0.${at}`,
    at: 100,
  }));

  it('pass up to the limit in a second of packet time; the rest is counted', () => {
    const test = new TestMatcher([ssh], { eventLinesPerSecond: 50 });
    expect(test.decide(many)).toHaveLength(50);
    expect(test.matcher.stats()).toMatchObject({ stages: 200, suppressed: 150 });
    expect(test.decide([{ tcp: 7000, from: '10.1.0.1', at: 101 }])).toHaveLength(1);
  });

  it('always pass for openings', () => {
    const test = new TestMatcher([door('4000')], { eventLinesPerSecond: 1 });
    expect(opened(test.decide(syns(Array<number>(100).fill(4000), { at: 100 })))).toHaveLength(100);
  });

  it('of timeouts are those of attempts that a line told of', () => {
    const test = new TestMatcher([ssh], { eventLinesPerSecond: 50 });
    test.decide(many);
    const ended = test.decide([{ tcp: 7000, from: '10.9.9.9', at: 110 }]);
    expect(ended.filter((line) => line.includes('timeout'))).toHaveLength(50);
    expect(test.matcher.stats().timedOut).toBeLessThan(200);
    test.decide(many.map((packet) => ({ ...packet, at: 120 })));
    expect(test.matcher.stats().timedOut).toBe(201); // the others, as their sources come again
  });

  it('tell of a timeout where only a later stage had a line', () => {
    const test = new TestMatcher([ssh], { eventLinesPerSecond: 2 });
    test.decide([...many.slice(0, 2), { tcp: 7000, at: 100 }]);
    expect(test.decide([{ tcp: 8000, at: 101 }])).toEqual([`${ME} ssh stage 2`]);
    expect(test.decide([{ tcp: 7000, from: '10.9.9.9', at: 106 }]).slice(0, 2)).toEqual([
      '10.0.0.0 ssh timeout 1',
      '10.0.0.1 ssh timeout 1',
    ]);
    expect(test.decide([{ tcp: 7000, from: '10.9.9.8', at: 107 }])).toEqual([
      '10.9.9.8 ssh stage 1',
    ]);
    expect(test.matcher.stats().timedOut).toBe(3);
  });
});

describe('other doors at run time', () => {
  const web = door('6000,6500', { name: 'web' });

  it('keep the attempts at doors that stay as they were', () => {
    const test = new TestMatcher([ssh, web]);
    test.decide([...syns([7000, 8000]), { tcp: 6000, from: '10.0.0.1' }]);
    test.matcher.replaceDoors(compileDoors([door('1,2'), { ...web, windowSeconds: 6 }, ssh]));
    expect(opened(test.decide(syns([9000])))).toEqual([`${ME} ssh`]);
    expect(test.decide([{ tcp: 6500, from: '10.0.0.1' }])).toEqual([]);
    expect(opened(test.decide(syns([1, 2])))).toEqual([`${ME} 1,2`]);
  });

  it('still tell of timeouts', () => {
    const test = new TestMatcher([ssh]);
    test.decide([{ tcp: 7000, at: 100 }]);
    test.matcher.replaceDoors(compileDoors([web, ssh]));
    expect(test.decide([{ tcp: 6000, at: 106, from: '10.0.0.1' }])[0]).toBe(`${ME} ssh timeout 1`);
  });

  it('keep two doors apart that are alike', () => {
    const twins = [door('1,2,3', { name: 'a' }), door('1,2,3', { name: 'a' })];
    const test = new TestMatcher(twins);
    test.decide(syns([1, 2]));
    test.matcher.replaceDoors(compileDoors(twins));
    expect(opened(test.decide(syns([3])))).toHaveLength(2);
  });
});

it('refuses a table that is no power of two', () => {
  const compiled = compileDoors([ssh]);
  expect(() => new Matcher(compiled, { maxAttempts: 1000 })).toThrow(RangeError);
  expect(() => new Matcher(compiled, { maxAttempts: 2 })).toThrow(RangeError);
});

it('decides the same with rows between that no door wants', () => {
  const packets = syns([7000, 8000, 9000]).flatMap((packet): Packet[] => [
    { tcp: 1, at: 9_999_999 },
    { ...packet, at: 100 },
    { udp: 7000, at: 9_999_999 },
  ]);
  const batch = batchOf([...packets, { tcp: 7000 }]);
  batch.protocol[batch.length - 1] = 1; // ICMP with a port-like number
  const decisions: never[] = [];
  new Matcher(compileDoors([ssh]), { maxAttempts: 1024 }).match(batch, decisions);
  expect(decisions).toHaveLength(4);
});

/** Every way to merge two sequences of these lengths: true takes the next of the left one. */
function interleavings(left: number, right: number): boolean[][] {
  if (left + right === 0) return [[]];
  const before = (isLeft: boolean, rest: boolean[][]): boolean[][] =>
    rest.map((one) => [isLeft, ...one]);
  return [
    ...(left > 0 ? before(true, interleavings(left - 1, right)) : []),
    ...(right > 0 ? before(false, interleavings(left, right - 1)) : []),
  ];
}

describe('steps that are pings', () => {
  const doors = [door('icmp:64,7000'), door('icmp,7001'), door('7002,icmp6')];

  it('are echo requests of that size, or of any', () => {
    const packets: Packet[] = [
      { icmp: 64 },
      { tcp: 7000 },
      { icmp: 65, from: '10.0.0.2' },
      { tcp: 7001, from: '10.0.0.2' },
      { tcp: 7002, from: 'fd00::1' },
      { icmp6: 0, from: 'fd00::1' },
    ];
    expect(opened(decide(doors, packets))).toEqual([
      '203.0.113.9 icmp:64,7000',
      '10.0.0.2 icmp,7001',
      'fd00::1 7002,icmp6',
    ]);
  });

  it('are none where the packet is no whole echo request', () => {
    expect(decide(doors, [{ icmp: 0xffff }, { tcp: 7001 }])).toEqual([]);
  });

  it('have no tripwires, and want nothing of the wire but echo requests of their family', () => {
    const { doors: compiled, interest } = compileDoors([door('icmp:64,icmp:128')], { seed: 'x' });
    expect(compiled[0]!.tripwires).toEqual([]);
    expect(interest).toMatchObject({ icmp: true, icmp6: false });
    expect([...interest.tcp, ...interest.udp].every((byte) => byte === 0)).toBe(true);
  });
});
