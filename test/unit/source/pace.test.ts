import { expect, it } from 'vitest';
import { Pace } from '../../../src/source/pace.ts';

/** What comes of frames that arrive one at a time, so many milliseconds apart. */
function spaced(pace: Pace, everyMs: number, frames: number, fromMs = 0): (number | undefined)[] {
  return Array.from({ length: frames }, (_, at) => pace.after(1, fromMs + at * everyMs));
}

it('lets each frame wake us while they are few', () => {
  expect(new Set(spaced(new Pace(), 4, 10_000))).toEqual(new Set([undefined]));
});

it('lets a long sequence that is sent at once wake us', () => {
  expect(spaced(new Pace(), 0.01, 60).at(-1)).toBeUndefined();
});

it('takes a stream by the clock, and goes on so while it lasts', () => {
  const pace = new Pace();
  expect(spaced(pace, 1.6, 1000).at(-1)).toBe(4);
  for (let at = 0; at < 100; at++) expect(pace.after(3, 1600 + at * 4)).toBe(4);
});

it('wakes again soon after a flood, however long it was', () => {
  const pace = new Pace();
  for (let at = 0; at < 10_000; at++) pace.after(4096, at);
  const pauses = Array.from({ length: 80 }, (_, at) => pace.after(0, 10_000 + at * 4));
  expect(pauses[0]).toBe(4);
  expect(pauses.at(-1)).toBeUndefined();
});

it('is not misled by a clock that stands', () => {
  const pace = new Pace();
  const pauses = Array.from({ length: 100 }, () => pace.after(1, 5));
  expect(pauses.at(-1)).toBe(4);
  expect(pace.after(0, 600)).toBeUndefined();
});
