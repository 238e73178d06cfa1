import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NftEvents } from '../../../../src/firewall/nft/addon.ts';
import { Listening } from '../../../../src/firewall/nft/listening.ts';

/** More than a tick. */
const LONG_MS = 30;

describe('listening to others', () => {
  let generation: number;
  let isListening: boolean;
  let joins: number;
  let missed: number;
  let listening: Listening;

  beforeEach(() => {
    vi.useFakeTimers();
    [generation, isListening, joins, missed] = [1, true, 0, 0];
    const hear = (isWanted: boolean): void => {
      isListening = isWanted;
      if (isWanted) joins++;
    };
    listening = new Listening({
      events: [{ hear, close: () => {} } as unknown as NftEvents],
      generation: () => generation,
      onMissed: () => missed++,
    });
  });
  afterEach(() => {
    listening[Symbol.dispose]();
    vi.useRealTimers();
  });

  /** Commits so many elements; whether we listened. */
  const commit = (rows: number, refused = 0): boolean => {
    let didListen = false;
    listening.during(rows, () => {
      didListen = isListening;
      if (refused === 0) generation = generation === 0xffff_ffff ? 1 : generation + 1;
      return refused;
    });
    return didListen;
  };
  const one = (): boolean => commit(1);

  it('goes on while openings come one by one', () => {
    for (let nth = 0; nth < 100; nth++) {
      expect(one()).toBe(true);
      vi.advanceTimersByTime(1);
    }
  });

  it('stops for many elements at once, and for many openings in a row, for a tick', () => {
    expect(commit(32)).toBe(false);
    expect(one()).toBe(false);
    vi.advanceTimersByTime(LONG_MS);
    expect(isListening).toBe(true);
    const heard = Array.from({ length: 40 }, one);
    expect(heard.indexOf(false)).toBe(31);
    expect(heard.slice(31)).not.toContain(true);
    vi.advanceTimersByTime(LONG_MS);
    expect({ isListening, joins, missed }).toEqual({ isListening: true, joins: 2, missed: 0 });
  });

  it('reckons with what the kernel refuses, and with a number that begins again', () => {
    generation = 0xffff_ffff;
    commit(32);
    commit(32, 2);
    vi.advanceTimersByTime(LONG_MS);
    expect({ generation, missed }).toEqual({ generation: 1, missed: 0 });
  });

  it('tells that others had a word, and is wary from then on', () => {
    commit(32);
    generation++;
    vi.advanceTimersByTime(LONG_MS);
    expect(missed).toBe(1);
    expect(Array.from({ length: 40 }, one)).not.toContain(false);
    // What is large by itself is worth it, but no longer than itself.
    expect(commit(512)).toBe(false);
    vi.advanceTimersByTime(1);
    expect({ isListening, missed }).toEqual({ isListening: true, missed: 1 });
    vi.advanceTimersByTime(10_000);
    expect(Array.from({ length: 40 }, one)).toContain(false);
  });

  it('tells of a transaction whose end nobody knows', () => {
    const lost = (): number => {
      throw new Error('ENOBUFS');
    };
    expect(() => listening.during(32, lost)).toThrow('ENOBUFS');
    generation++;
    vi.advanceTimersByTime(LONG_MS);
    expect({ isListening, missed }).toEqual({ isListening: true, missed: 1 });
  });

  it('tries again where the kernel has no memory for it', () => {
    let refusals = 3;
    const hear = (isWanted: boolean): void => {
      if (isWanted && refusals-- > 0) throw new Error('ENOMEM');
      isListening = isWanted;
    };
    listening = new Listening({
      events: [{ hear, close: () => {} } as unknown as NftEvents],
      generation: () => generation,
      onMissed: () => missed++,
    });
    commit(32);
    vi.advanceTimersByTime(2 * LONG_MS);
    expect(isListening).toBe(false);
    commit(32);
    vi.advanceTimersByTime(2 * LONG_MS);
    expect({ isListening, missed }).toEqual({ isListening: true, missed: 0 });
  });
});
