import type { Options } from './configuration.ts';
import type { Door } from '../door/door.ts';
import type { PortSpan } from '../matcher/compile-doors.ts';

/** TCP ports that scans are seen at besides the doors' own: guarded ones, and those of `scan_watch`. */
export function watchedPorts(
  doors: readonly Door[],
  { scans }: Pick<Options, 'scans'>,
): readonly PortSpan[] {
  if (scans.ports === undefined) return [];
  const guarded = doors.flatMap(({ guard, open }) => (guard ? open : []));
  return [...guarded.filter(({ protocol }) => protocol === 'tcp'), ...scans.watch];
}
