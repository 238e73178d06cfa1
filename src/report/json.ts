import type { Event } from './event.ts';

/** One object a line. A match is left out: what came of it is told by `open` or `refuse`. */
export function jsonLine(event: Event): string | undefined {
  return event.event === 'match' ? undefined : JSON.stringify(event);
}
