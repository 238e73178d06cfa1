import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LiveTime } from '../../../../src/source/log/log-clock.ts';
import { decodeLog } from '../../../support/log-decoding.ts';
import { packetText } from '../../../support/log-line.ts';

const PACKET = `postern: ${packetText({ from: '203.0.113.9', port: 7000, flags: 2 })}`;

beforeAll(() => vi.stubEnv('TZ', 'UTC'));
afterAll(() => vi.unstubAllEnvs());

describe('the time of a logged packet', () => {
  it.each([
    [
      'of RFC 3164 in the year that it was written',
      'Nov 24 09:08:07 gw kernel: ',
      '2026-11-24T09:08:07Z',
    ],
    [
      'of RFC 3164 in the year before, if it were ahead',
      'Dec 31 23:59:59 gw kernel: ',
      '2025-12-31T23:59:59Z',
    ],
    [
      'of RFC 3164 on the first days of a month',
      'Nov  4 09:08:07 gw kernel: ',
      '2026-11-04T09:08:07Z',
    ],
    [
      'of RFC 3339 with its zone',
      '2026-11-24T09:08:07.250000-05:30 gw kernel: ',
      '2026-11-24T14:38:07.25Z',
    ],
    ['of the kernel alone since its start', '[   12.500000] ', '1970-01-01T00:00:12.5Z'],
    ['of nothing at all, in a recording', '<4>[x', undefined],
  ])('is that %s', (_, head, time) => {
    const { times } = decodeLog([`${head}${PACKET}\n`]);
    expect(times).toEqual(time === undefined ? [] : [Date.parse(time) / 1000]);
  });

  it('is as fine as the kernel stamps, within the second of the log', () => {
    const lines = [
      ['07', '812.9'],
      ['08', '813.1'],
      ['08', '813.4'],
    ].map(([second, uptime]) => `Nov 24 09:08:${second} gw kernel: [  ${uptime}00000] ${PACKET}\n`);
    const [a, b, c] = decodeLog(lines).times;
    expect(b! - a!).toBeCloseTo(0.2, 5);
    expect(c! - b!).toBeCloseTo(0.3, 5);
  });

  it('does not move with a step of the wall clock that the kernel’s stamps know nothing of', () => {
    const lines = [
      ['07', '812.0'],
      ['47', '813.0'],
    ].map(([second, uptime]) => `Nov 24 09:08:${second} gw kernel: [  ${uptime}00000] ${PACKET}\n`);
    const [a, b] = decodeLog(lines).times;
    expect(b! - a!).toBeCloseTo(1, 5);
  });

  it('follows the log where the machine was started anew', () => {
    const lines = [
      ['08', '812.0'],
      ['10', '3.0'],
    ].map(([minute, uptime]) => `Nov 24 09:${minute}:00 gw kernel: [ ${uptime}00000] ${PACKET}\n`);
    const [a, b] = decodeLog(lines).times;
    expect(b! - a!).toBeCloseTo(120, 5);
  });

  describe('in a log that is followed', () => {
    const nowUs = Date.UTC(2026, 10, 24, 9, 10, 0) * 1000;
    const live = (over: Partial<LiveTime> = {}): LiveTime => {
      return { nowUs: () => nowUs, shiftUs: () => 0, bootUs: nowUs - 100e6, ...over };
    };
    const timeOf = (head: string, over?: Partial<LiveTime>): number =>
      decodeLog([`${head}${PACKET}\n`], {}, live(over)).times[0]! - nowUs / 1e6;

    it('is that of its stamp, if it has just been', () => {
      expect(timeOf('2026-11-24T09:09:58Z gw kernel: ')).toBe(-2);
    });

    it('is never later than its line', () => {
      expect(timeOf('2026-11-24T11:00:00Z gw kernel: ')).toBe(0);
    });

    it('is that of its line, if the stamp is older than a minute', () => {
      expect(timeOf('2026-11-24T07:00:00Z gw kernel: ')).toBe(0);
    });

    it('is that of the kernel’s stamp, if there is no other', () => {
      expect(timeOf('[   97.000000] ')).toBe(-3);
    });

    it('is what the wall clock would show had nobody set it', () => {
      const stamp = '2026-11-24T10:09:58Z gw kernel: ';
      expect(timeOf(stamp, { shiftUs: () => 3600e6 })).toBe(-2);
    });
  });
});
