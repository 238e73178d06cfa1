import { setImmediate as turn } from 'node:timers/promises';

/** So many take about a millisecond. */
const IN_A_TURN = 1024;

/** Maps a list that may be very long, and lets the loop do other things in between. */
export async function inTurns<T, R>(list: Iterable<T>, map: (each: T) => R): Promise<R[]> {
  const mapped: R[] = [];
  for (const each of list) {
    mapped.push(map(each));
    if (mapped.length % IN_A_TURN === 0) await turn();
  }
  return mapped;
}
