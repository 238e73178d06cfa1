import type { Event, ScanEvent } from './event.ts';
import { printable } from '../config/printable.ts';
import { actionText, openText } from './event-words.ts';
import { durationText } from './words.ts';

/** knockd's own lines for an event, and ours where knockd has none. `source`: as lines name the knocker. */
export function knockdText(event: Event, source: string = event.source): string[] {
  if (event.event === 'scan') return [`${source}: ${scanText(event)}`];
  const who = `${source}: ${printable(event.door)}: `;
  switch (event.event) {
    case 'stage':
      return [`${who}Stage ${event.stage}`];
    case 'match':
      return [who + (event.asksFor === undefined ? 'OPEN SESAME' : `asks for ${event.asksFor}`)];
    case 'open':
      return event.ports.length === 0
        ? []
        : [`${who}${openText(event)}${event.by === undefined ? '' : ` by hand (${event.by})`}`];
    case 'close':
      return [`${who}closed${event.reason === 'revoked' ? ' (revoked)' : ''}`];
    case 'action':
      return [`${who}${actionText(event)}`];
    case 'refuse':
      return [`${who}refused: ${event.reason}`];
    case 'timeout':
      return [`${who}sequence timeout (stage ${event.stage})`];
  }
}

/** `touched 20 ports within 10 s` */
export function scanText({ why, count, withinSeconds }: ScanEvent): string {
  const what = why === 'ports' ? `scan: touched ${count} ports` : `scan: failed ${count} attempts`;
  return `${what} within ${durationText(withinSeconds)}`;
}
