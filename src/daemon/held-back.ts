import { isDeepStrictEqual } from 'node:util';
import type { Options } from '../config/configuration.ts';

/** What a reload can't change under a daemon that runs, so that it holds from the next start on; a line each. */
export function heldBack(before: Options, after: Options): readonly string[] {
  const lines: string[] = [];
  if (after.user !== before.user) {
    lines.push('another user holds from the next start on: rights that are gone stay gone');
  }
  if (after.workers !== before.workers) {
    lines.push('another number of workers holds from the next start on');
  }
  if (!isDeepStrictEqual(heardBy(after), heardBy(before))) {
    lines.push('other sources of packets hold from the next start on');
  }
  return lines;
}

function heardBy({ sources, logs }: Options): unknown {
  return { sources, logs };
}
