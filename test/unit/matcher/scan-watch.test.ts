import { describe, expect, it } from 'vitest';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { formatAddress } from '../../../src/tuple/address.ts';
import { TCP_FLAG } from '../../../src/tuple/flags.ts';
import { TestMatcher } from '../../support/decide.ts';
import { door } from '../../support/door.ts';
import { codecFor, sealedDoor, sealedPorts, sent } from '../../support/sealed.ts';

const DOOR = door('7001,7002,7003', { tripwireHoldSeconds: 0 });
const SCANS = { ports: { count: 5, seconds: 10 } };
const WATCH = [{ from: 300, to: 400 }];

/** SYNs to so many ports from 300 on, a tenth of a second apart, and who was found to scan. */
function scanned(count: number, watch: typeof WATCH, flags = TCP_FLAG.syn): string[] {
  const matcher = new TestMatcher([DOOR], { watch, scans: SCANS });
  const packets = Array.from({ length: count }, (_, nth) => ({
    tcp: 300 + nth,
    flags,
    at: 1000 + nth / 10,
    from: '203.0.113.9',
  }));
  expect(matcher.decide(packets)).toEqual([]);
  return matcher.matcher.takeScans().map(({ kind, source }) => `${kind} ${formatAddress(source)}`);
}

describe('ports that are watched though no door is about them', () => {
  it('are where a scan is seen, once', () => {
    expect(scanned(4, WATCH)).toEqual([]);
    expect(scanned(5, WATCH)).toEqual(['ports 203.0.113.9']);
    expect(scanned(50, WATCH)).toEqual(['ports 203.0.113.9']);
  });

  it('are none where nothing says so', () => {
    expect(scanned(50, [])).toEqual([]);
  });

  it('are wanted of the kernel, and those beside them are not', () => {
    const { tcp } = compileDoors([DOOR], { watch: WATCH }).interest;
    const isWanted = (port: number): boolean => (tcp[port >> 3]! & (1 << (port & 7))) !== 0;
    expect([299, 300, 400, 401].map(isWanted)).toEqual([false, true, true, false]);
  });

  it('are left out where whole sessions would come up here', () => {
    const whole = door('7001,7002,7003', { flags: { mask: 0, value: 0 } });
    const { tcp } = compileDoors([DOOR, whole], { watch: WATCH }).interest;
    expect((tcp[300 >> 3]! & (1 << (300 & 7))) !== 0).toBe(false);
  });

  it('leave doors’ own ports as they are', () => {
    const watch = [{ from: 7000, to: 7010 }];
    const matcher = new TestMatcher([DOOR], { watch, scans: SCANS });
    const knock = [7001, 7002, 7003].map((tcp, nth) => ({ tcp, flags: 2, at: 1000 + nth }));
    expect(matcher.decide(knock).at(-1)).toMatch(/ open$/);
  });
});

describe('a span', () => {
  it('is touched by right knocks at dozens of ports, which is no scan', () => {
    const sealed = sealedDoor();
    const codec = codecFor(sealed);
    const matcher = new TestMatcher([sealed], { codecOf: () => codec, scans: SCANS, watch: WATCH });
    const syn = { flags: TCP_FLAG.syn };
    const knock = sent(sealedPorts(sealed)).map((packet) => ({ ...packet, ...syn }));
    expect(matcher.decide(knock)).toEqual([expect.stringMatching(/ ssh open$/)]);
    expect(matcher.matcher.takeScans()).toEqual([]);
    const scan = sent([300, 301, 302, 303, 304]).map((packet) => ({ ...packet, ...syn }));
    matcher.decide(scan);
    expect(matcher.matcher.takeScans()).toHaveLength(1);
  });
});
