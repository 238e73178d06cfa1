import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Watchdog } from '../../../src/daemon/watchdog.ts';

describe('the watchdog', () => {
  let packets = 0;
  let isBehind = false;
  let beats = 0;
  let watchdog: Watchdog;
  beforeEach(() => {
    vi.useFakeTimers();
    [packets, isBehind, beats] = [0, false, 0];
    watchdog = new Watchdog({
      everyMs: 1000,
      packets: () => packets,
      isBehind: () => isBehind,
      beat: () => beats++,
    });
  });
  afterEach(() => {
    watchdog[Symbol.dispose]();
    vi.useRealTimers();
  });

  it('beats at once, and then each time while the rings are empty', () => {
    expect(beats).toBe(1);
    vi.advanceTimersByTime(3000);
    expect(beats).toBe(4);
  });

  it('is silent while packets lie there and none is taken', () => {
    isBehind = true;
    vi.advanceTimersByTime(5500);
    expect(beats).toBe(1);
    isBehind = false;
    vi.advanceTimersByTime(1000);
    expect(beats).toBe(2);
  });

  it('beats under load: packets always lie there, and some are taken', () => {
    isBehind = true;
    setInterval(() => packets++, 10);
    vi.advanceTimersByTime(5500);
    expect(beats).toBe(6);
  });

  it('gives a frame that came in just now the time to be taken', () => {
    vi.advanceTimersByTime(999);
    isBehind = true;
    vi.advanceTimersByTime(2);
    isBehind = false;
    vi.advanceTimersByTime(200);
    expect(beats).toBe(2);
  });

  it('says nothing any more when it is over', () => {
    watchdog[Symbol.dispose]();
    vi.advanceTimersByTime(5000);
    expect(beats).toBe(1);
  });
});
