import { describe, expect, it } from 'vitest';
import { Pace } from '../../../src/source/pace.ts';

/** What comes of frames that arrive one at a time, so many milliseconds apart. */
function spaced(pace: Pace, everyMs: number, frames: number, fromMs = 0): (number | undefined)[] {
  return Array.from({ length: frames }, (_, at) => pace.after(1, fromMs + at * everyMs));
}

it('lets each frame wake us while they are few', () => {
  expect(new Set(spaced(new Pace(65_536), 4, 10_000))).toEqual(new Set([undefined]));
});

it('lets a long sequence that is sent at once wake us', () => {
  expect(spaced(new Pace(65_536), 0.01, 60).at(-1)).toBeUndefined();
});

it('takes a stream by the clock, and goes on so while it lasts', () => {
  const pace = new Pace(65_536);
  expect(spaced(pace, 1.6, 1000).at(-1)).toBe(4);
  for (let at = 0; at < 100; at++) expect(pace.after(3, 1600 + at * 4)).toBe(4);
});

describe('a pause', () => {
  const pauseAfter = (frames: number, slots: number): number | undefined => {
    const pace = new Pace(slots);
    pace.after(4096, 0);
    return pace.after(frames, 4);
  };

  it.each([
    { what: 'as short as ever for a thin stream', frames: 511, slots: 65_536, pauseMs: 4 },
    { what: 'twice as long for a dense one', frames: 512, slots: 65_536, pauseMs: 8 },
    { what: 'so up to a sixteenth of the ring', frames: 4096, slots: 65_536, pauseMs: 8 },
    { what: 'short where the ring might fill', frames: 4097, slots: 65_536, pauseMs: 4 },
    { what: 'short in a small ring', frames: 512, slots: 4096, pauseMs: 4 },
  ])('is $what', ({ frames, slots, pauseMs }) => {
    expect(pauseAfter(frames, slots)).toBe(pauseMs);
  });
});

it('wakes again soon after a flood, however long it was', () => {
  const pace = new Pace(65_536);
  for (let at = 0; at < 10_000; at++) pace.after(4096, at);
  const pauses = Array.from({ length: 80 }, (_, at) => pace.after(0, 10_000 + at * 4));
  expect(pauses[0]).toBe(4);
  expect(pauses.at(-1)).toBeUndefined();
});

it('is not misled by a clock that stands', () => {
  const pace = new Pace(65_536);
  const pauses = Array.from({ length: 100 }, () => pace.after(1, 5));
  expect(pauses.at(-1)).toBe(4);
  expect(pace.after(0, 600)).toBeUndefined();
});
