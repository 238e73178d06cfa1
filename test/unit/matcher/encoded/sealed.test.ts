import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { termsByte } from '../../../../src/codec/terms.ts';
import type { Door } from '../../../../src/door/door.ts';
import type { Decision } from '../../../../src/matcher/decision.ts';
import type { DecideOptions } from '../../../support/decide.ts';
import { TestMatcher } from '../../../support/decide.ts';
import { codecFor, KEY, ME, NOW, sealedDoor, sealedPorts, sent } from '../../../support/sealed.ts';
import { readable, type Packet } from '../../../support/tuples.ts';

const OTHER = '203.0.113.8';

function matcherOf(doors: readonly Door[], options: DecideOptions = {}): TestMatcher {
  const codecs = new Map(doors.map((door) => [door.encoded, codecFor(door)]));
  return new TestMatcher(doors, { codecOf: ({ encoded }) => codecs.get(encoded), ...options });
}

function decide(door: Door, packets: readonly Packet[]): string[] {
  return matcherOf([door]).decide(packets);
}

function ticketOf(decisions: readonly Decision[]): unknown {
  return decisions.flatMap((each) => (each.kind === 'open' ? [each.ticket] : []))[0];
}

describe('a sealed knock', () => {
  const door = sealedDoor();

  it('opens its door at its last symbol', () => {
    const matcher = matcherOf([door]);
    const packets = sent(sealedPorts(door));
    expect(packets).toHaveLength(64);
    expect(matcher.decide(packets.slice(0, -1))).toEqual([]);
    expect(matcher.decide(packets.slice(-1))).toEqual([`${ME} ssh open`]);
  });

  it.each(['icmp', 'icmp6'] as const)('lies on the sizes of pings: %s', (protocol) => {
    const pings = sealedDoor({ carrier: 'icmp', span: [{ from: 100, to: 355 }] });
    const from = protocol === 'icmp' ? ME : '2001:db8::9';
    const sizes = sealedPorts(pings, { address: from });
    const packets = sizes.map((size, nth): Packet => ({
      [protocol]: size,
      from,
      at: NOW + nth / 1e3,
    }));
    expect(decide(pings, packets)).toEqual([`${from} ssh open`]);
    expect(decide(pings, sent(sizes))).toEqual([]);
  });

  it.each([
    ['256 ports', [{ from: 40_000, to: 40_255 }], 64],
    [
      '300 ports in three ranges',
      [
        { from: 9, to: 9 },
        { from: 50_000, to: 50_199 },
        { from: 100, to: 198 },
      ],
      64,
    ],
    ['1,024 ports', [{ from: 40_000, to: 41_023 }], 26],
    ['4,096 ports', [{ from: 40_000, to: 44_095 }], 16],
    ['32,768 ports', [{ from: 1, to: 32_768 }], 12],
    ['all ports', [{ from: 1, to: 65_535 }], 11],
  ])('takes fewer packets on a wider span: %s', (_, span, packets) => {
    const wide = sealedDoor({ span });
    const ports = sealedPorts(wide);
    expect(ports).toHaveLength(packets);
    expect(decide(wide, sent(ports))).toEqual([`${ME} ssh open`]);
  });

  it('opens whatever the order of its packets is, and though some come twice', () => {
    const ports = sealedPorts(door);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(ports, { minLength: 64 }),
        fc.array(fc.nat(63)),
        (order, doubled) => {
          const twice = order.flatMap((port, at) => (doubled.includes(at) ? [port, port] : [port]));
          const log = decide(door, sent(twice));
          expect(log).toEqual([`${ME} ssh open`]);
        },
      ),
    );
  });

  it.each(['before', 'behind'] as const)(
    'is not spoiled by a symbol that a stranger puts %s one of its own',
    (where) => {
      const ports = sealedPorts(door);
      fc.assert(
        fc.property(fc.nat(63), fc.integer({ min: 1, max: 3 }), (at, other) => {
          const port = ports[at]!;
          const false_ = 40_000 + (((port - 40_000) & ~3) | (((port - 40_000) & 3) ^ other));
          const packets = ports.flatMap((each, nth) =>
            nth !== at ? [each] : where === 'before' ? [false_, each] : [each, false_],
          );
          expect(decide(door, sent(packets))).toEqual([`${ME} ssh open`]);
        }),
      );
    },
  );

  it('opens for several who knock side by side', () => {
    const mine = sent(sealedPorts(door));
    const theirs = sent(sealedPorts(door, { address: OTHER, salt: 2 }), NOW, OTHER);
    const mixed = mine.flatMap((packet, at) => [packet, theirs[at]!]);
    expect(decide(door, mixed)).toEqual([`${ME} ssh open`, `${OTHER} ssh open`]);
  });

  it('is told from others by its client’s key', () => {
    const bob = { name: 'bob', key: Buffer.alloc(32, 9) };
    const codec = codecFor(door, [KEY, bob]);
    const matcher = matcherOf([door], { codecOf: () => codec });
    const decisions = matcher.decisions(sent(sealedPorts(door, { key: bob })));
    expect(ticketOf(decisions)).toMatchObject({ client: 'bob', number: NOW, salt: 1 });
  });

  it('says how long, and the policy clips it (R-53)', () => {
    const asked = (seconds: number): unknown => {
      const terms = termsByte({ kind: 'open', openForSeconds: seconds });
      return ticketOf(matcherOf([door]).decisions(sent(sealedPorts(door, { terms }))));
    };
    expect(asked(90)).toMatchObject({ action: 'open', openForSeconds: 90 });
    expect(asked(10 * 365 * 86_400)).toMatchObject({ action: 'open', openForSeconds: 3600 });
  });

  it('closes', () => {
    const terms = termsByte({ kind: 'close' });
    const decisions = matcherOf([door]).decisions(sent(sealedPorts(door, { terms })));
    expect(ticketOf(decisions)).toMatchObject({ action: 'close' });
  });

  it.each([
    ['0.0.0.0/1', 1],
    ['a network of 24 bits', 24],
  ])('for %s is refused: the door opens for one address (R-53)', (_, prefix) => {
    expect(decide(door, sent(sealedPorts(door, { prefix })))).toEqual([
      `${ME} ssh refuse 0: too wide`,
    ]);
  });

  it('of terms that mean nothing is refused (R-53)', () => {
    expect(decide(door, sent(sealedPorts(door, { terms: 240 })))[0]).toBe(
      `${ME} ssh refuse 0: forged`,
    );
  });
});

describe('a sealed knock that is not right never opens', () => {
  const door = sealedDoor();

  it('and is exact at the edge of its window (R-64)', () => {
    const outcomes = Array.from({ length: 20 }, (_, at) => at).flatMap((salt) =>
      [-31, -30, -29, 29, 30, 31].map((off) => {
        const ports = sealedPorts(door, { seconds: NOW + off, salt });
        const log = decide(door, sent(ports, NOW));
        return `${off} ${log.join()}`;
      }),
    );
    expect(new Set(outcomes)).toEqual(
      new Set([
        `-31 ${ME} ssh refuse 0: late`,
        `-30 ${ME} ssh open`,
        `-29 ${ME} ssh open`,
        `29 ${ME} ssh open`,
        `30 ${ME} ssh open`,
        `31 ${ME} ssh refuse 0: early`,
      ]),
    );
  });

  it('from another address than the one inside (R-51)', () => {
    const matcher = matcherOf([door]);
    expect(matcher.decide(sent(sealedPorts(door), NOW, OTHER))).toEqual([
      `${OTHER} ssh refuse 0: forged`,
    ]);
    expect(matcher.matcher.stats().forged).toBe(1);
  });

  it('by IPv6 though it was made for IPv4, and the other way around', () => {
    expect(decide(door, sent(sealedPorts(door), NOW, '2001:db8::9'))).toEqual([
      '2001:db8::9 ssh refuse 0: forged',
    ]);
    expect(decide(door, sent(sealedPorts(door, { address: '2001:db8::9' }), NOW))).toEqual([
      `${ME} ssh refuse 0: forged`,
    ]);
  });

  it('truncated: it is counted as unfinished once its time is over', () => {
    const matcher = matcherOf([door]);
    const ports = sealedPorts(door);
    expect(matcher.decide(sent(ports.slice(0, -1)))).toEqual([]);
    expect(matcher.decide(sent([40_000], NOW + 26, OTHER))).toEqual([]);
    expect(matcher.matcher.stats()).toMatchObject({ unfinished: 1, garbled: 0, opened: 0 });
  });

  it('with any bit flipped', () => {
    const ports = sealedPorts(door);
    for (let place = 0; place < 64; place++) {
      for (const bit of [1, 2]) {
        const matcher = matcherOf([door]);
        const flipped = ports.map((port, at) =>
          at === place ? 40_000 + ((port - 40_000) ^ bit) : port,
        );
        const log = matcher.decide(sent(flipped));
        expect(log.filter((line) => line.endsWith('open'))).toEqual([]);
        matcher.decide(sent([40_000], NOW + 30, OTHER));
        const { garbled } = matcher.matcher.stats();
        expect(garbled + log.length).toBeGreaterThan(0);
      }
    }
  });

  it('with the key of another, or for another door', () => {
    const key = { name: 'mallory', key: Buffer.alloc(32, 8) };
    expect(decide(door, sent(sealedPorts(door, { key })))).toEqual([]);
    const web = sealedDoor({}, { name: 'web' });
    expect(decide(door, sent(sealedPorts(web)))).toEqual([]);
  });

  it('made of random symbols', () => {
    const port = fc.integer({ min: 40_000, max: 40_255 });
    fc.assert(
      fc.property(fc.array(port, { minLength: 300, maxLength: 600 }), (ports) => {
        const log = decide(door, sent(ports));
        expect(log.filter((line) => line.endsWith('open'))).toEqual([]);
      }),
    );
  });
});

describe('keys and doors of sealed knocks (R-54)', () => {
  const ssh = sealedDoor({}, { name: 'ssh' });
  const web = sealedDoor({}, { name: 'web' });

  it('one key opens each of two doors on one span, each by a knock of its own', () => {
    const matcher = matcherOf([ssh, web]);
    expect(matcher.decide(sent(sealedPorts(ssh)))).toEqual([`${ME} ssh open`]);
    expect(matcher.decide(sent(sealedPorts(web), NOW + 1))).toEqual([`${ME} web open`]);
  });

  it('two keys open one door, and while keys are changed the old one and the new one do', () => {
    const fresh = { name: 'alice', key: Buffer.alloc(32, 11) };
    const codec = codecFor(ssh, [KEY, fresh]);
    const matcher = matcherOf([ssh], { codecOf: () => codec });
    for (const [nth, key] of [KEY, fresh, KEY, fresh].entries()) {
      const ports = sealedPorts(ssh, { key, salt: nth });
      expect(matcher.decide(sent(ports, NOW + nth))).toEqual([`${ME} ssh open`]);
    }
  });
});

describe('whom a sealed knock opens for', () => {
  it('is who sends it where the door only observes', () => {
    const door = sealedDoor({ address: 'observed' });
    const decisions = matcherOf([door]).decisions(sent(sealedPorts(door), NOW, OTHER));
    expect(readable(decisions)).toEqual([`${OTHER} ssh open`]);
  });

  it.each(['198.51.100.7', '2001:db8::7'])('is %s where that is stated', (address) => {
    const door = sealedDoor({ address: 'stated', span: [{ from: 40_000, to: 40_511 }] });
    const decisions = matcherOf([door]).decisions(sent(sealedPorts(door, { address })));
    const family = address.includes(':') ? 6 : 4;
    expect(ticketOf(decisions)).toMatchObject({ subject: { family } });
  });
});

describe('a flood of random packets on a span', () => {
  it('from strangers leaves the knock of a client whole, in a table of a fixed size', () => {
    const door = sealedDoor({ maxQueues: 1024 });
    const matcher = matcherOf([door]);
    let at = 1;
    const stranger = (): Packet => {
      at = Math.imul(at, 1_664_525) + 1_013_904_223;
      const from = `10.${(at >>> 24) & 255}.${(at >>> 16) & 255}.${(at >>> 8) & 255}`;
      return { tcp: 40_000 + ((at >>> 3) & 255), from, at: NOW };
    };
    const packets = sealedPorts(door).flatMap((tcp) => [
      ...Array.from({ length: 20 }, stranger),
      { tcp, from: ME, at: NOW },
    ]);
    expect(matcher.decide(packets)).toEqual([`${ME} ssh open`]);
  });
});
