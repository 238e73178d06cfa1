import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeCodec } from '../../../src/codec/code-codec.ts';
import { codePorts, truncated } from '../../../src/codec/one-time-code.ts';
import { UsedKnocks } from '../../../src/codec/used-knocks.ts';
import type { Door } from '../../../src/door/door.ts';
import type { OneTimeKnock } from '../../../src/door/encoded.ts';
import type { Decision } from '../../../src/matcher/decision.ts';
import { TestMatcher } from '../../support/decide.ts';
import { door } from '../../support/door.ts';
import { sent } from '../../support/sealed.ts';
import { readable } from '../../support/tuples.ts';

const SECRET = Buffer.from('12345678901234567890');
const ME = '203.0.113.9';

function knock(over: Partial<OneTimeKnock> = {}): OneTimeKnock {
  return {
    kind: 'totp',
    carrier: 'tcp',
    span: [{ from: 20_000, to: 59_999 }],
    maxQueues: 64,
    secretFile: '/nowhere',
    ports: 4,
    periodSeconds: 30,
    drift: 1,
    ...over,
  };
}

function doorOf(encoded: OneTimeKnock): Door {
  return { ...door('1', { name: 'web', tripwireHoldSeconds: 0 }), steps: [], encoded };
}

/** A matcher and a book that see each code once, as the engine has them do. */
function daemonOf(
  encoded: OneTimeKnock,
): (packets: Parameters<TestMatcher['decide']>[0]) => string[] {
  const each = doorOf(encoded);
  const book = new UsedKnocks(undefined);
  const codec = codeCodec(each, encoded, SECRET, (series) => book.usedUpTo(series));
  const matcher = new TestMatcher([each], { codecOf: () => codec });
  return (packets) =>
    matcher.decisions(packets).flatMap((decision: Decision) => {
      if (decision.kind !== 'open') return readable([decision]);
      const refusal = book.spend(decision.ticket!, decision.source, decision.seconds);
      return [refusal === undefined ? 'open' : refusal];
    });
}

describe('the truncation of HOTP', () => {
  it.each([755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489])(
    'is that of RFC 4226, appendix D: %i',
    (code) => {
      const codes = Array.from({ length: 10 }, (_, counter) => {
        const message = Buffer.alloc(8);
        message.writeBigUInt64BE(BigInt(counter));
        return truncated(createHmac('sha1', SECRET).update(message).digest()) % 1_000_000;
      });
      expect(codes).toContain(code);
    },
  );
});

describe('the ports of a code', () => {
  it('lie each in its own part of the span, and differ from code to code', () => {
    fc.assert(
      fc.property(fc.nat(1e9), (counter) => {
        const ports = codePorts(knock(), SECRET, counter);
        expect(ports.map((port) => Math.floor((port - 20_000) / 10_000))).toEqual([0, 1, 2, 3]);
        expect(ports).not.toEqual(codePorts(knock(), SECRET, counter + 1));
      }),
    );
  });
});

describe('a door with TOTP', () => {
  const at = 1_700_000_010; // the beginning of a period
  const number = at / 30;

  it('opens at the ports of the moment, once', () => {
    const decide = daemonOf(knock());
    const ports = codePorts(knock(), SECRET, number);
    expect(decide(sent(ports, at))).toEqual(['open']);
    expect(decide(sent(ports, at + 1))).toEqual(['replayed']);
    expect(decide(sent(ports, at + 2, '203.0.113.8'))).toEqual(['replayed']);
  });

  it('takes the codes beside it, as far as it may drift, and no other', () => {
    for (const [off, outcome] of [
      [-2, []],
      [-1, ['open']],
      [0, ['open']],
      [1, ['open']],
      [2, []],
    ] as const) {
      expect(daemonOf(knock())(sent(codePorts(knock(), SECRET, number + off), at))).toEqual(
        outcome,
      );
    }
  });

  it('refuses an older code than one that was used, though the clock steps back', () => {
    const decide = daemonOf(knock());
    expect(decide(sent(codePorts(knock(), SECRET, number), at))).toEqual(['open']);
    expect(decide(sent(codePorts(knock(), SECRET, number - 1), at + 1))).toEqual(['replayed']);
    expect(decide(sent(codePorts(knock(), SECRET, number), at - 3600))).toEqual(['replayed']);
  });

  it('opens in any order of the packets, doubled ones and a stranger’s among them', () => {
    const ports = codePorts(knock(), SECRET, number);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(ports, { minLength: 4 }),
        fc.nat(3),
        fc.integer({ min: 20_000, max: 59_999 }),
        (order, twice, strange) => {
          const all = order.flatMap((port, nth) =>
            nth === twice ? [port, port, strange] : [port],
          );
          expect(daemonOf(knock())(sent(all, at))[0]).toBe('open');
        },
      ),
    );
  });

  it('is not opened by scans that try every port, upwards or downwards', () => {
    const up = Array.from({ length: 40_000 }, (_, nth) => ({ tcp: 20_000 + nth, from: ME, at }));
    expect(daemonOf(knock())(up)).toEqual([]);
    expect(daemonOf(knock())([...up].reverse())).toEqual([]);
  });
});

describe('a door with HOTP', () => {
  const hotp = knock({ kind: 'hotp', drift: 3 });

  it('looks some codes ahead, and goes on behind the one that was used', () => {
    const decide = daemonOf(hotp);
    const codeAt = (counter: number, second: number): string[] =>
      decide(sent(codePorts(hotp, SECRET, counter), 1000 + second));
    expect(codeAt(0, 0)).toEqual(['open']);
    expect(codeAt(0, 1)).toEqual(['replayed']);
    expect(codeAt(4, 2)).toEqual(['open']);
    expect(codeAt(3, 3)).toEqual([]);
    expect(codeAt(9, 4)).toEqual([]);
    expect(codeAt(8, 5)).toEqual(['open']);
  });

  it.each([hotp, knock()])(
    'opens for both families of one knock within five seconds, by $kind',
    (each) => {
      const decide = daemonOf(each);
      const counter = each.kind === 'hotp' ? 0 : Math.floor(1000 / 30);
      const by = (from: string, second: number): string[] =>
        decide(sent(codePorts(each, SECRET, counter), 1000 + second, from));
      expect(by(ME, 0)).toEqual(['open']);
      expect(by('2001:db8::9', 4)).toEqual(['open']);
      expect(by('2001:db8::9', 5)).toEqual(['replayed']);
      expect(by(ME, 5)).toEqual(['replayed']);
    },
  );
});
