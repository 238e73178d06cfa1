import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SleepWatch } from '../../../src/daemon/sleep-watch.ts';

describe('a machine that sleeps', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watched() {
    const seen = {
      sleptUs: 7_000_000,
      woken: [] as number[],
      failures: [] as string[],
      fails: false,
    };
    const watch = new SleepWatch({
      sleptUs: () => seen.sleptUs,
      onWake: (sleptMs) => {
        if (seen.fails) throw new Error('no');
        seen.woken.push(sleptMs);
      },
      onFailure: ({ message }) => seen.failures.push(message),
    });
    return { seen, watch };
  }

  it('is told of once after each sleep, with the time it took', () => {
    const { seen, watch } = watched();
    vi.advanceTimersByTime(5000);
    expect(seen.woken).toEqual([]);
    seen.sleptUs += 90_000_000;
    vi.advanceTimersByTime(3000);
    seen.sleptUs += 1_500_000;
    vi.advanceTimersByTime(3000);
    expect(seen.woken).toEqual([90_000, 1500]);
    watch[Symbol.dispose]();
    seen.sleptUs += 90_000_000;
    vi.advanceTimersByTime(3000);
    expect(seen.woken).toHaveLength(2);
  });

  it('has not slept when a reading is off by a little', () => {
    const { seen } = watched();
    for (const off of [40, -40, 300]) {
      seen.sleptUs = 7_000_000 + off;
      vi.advanceTimersByTime(1000);
    }
    expect(seen.woken).toEqual([]);
  });

  it('is told of again, and complained about once, while nothing comes of it', () => {
    const { seen } = watched();
    seen.fails = true;
    seen.sleptUs += 60_000_000;
    vi.advanceTimersByTime(3000);
    seen.fails = false;
    vi.advanceTimersByTime(3000);
    expect(seen).toMatchObject({ failures: ['no'], woken: [60_000] });
  });
});
