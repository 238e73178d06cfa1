import type { DoorEvent, Event } from './event.ts';
import { scanText } from './knockd-text.ts';
import { printable } from '../config/printable.ts';
import { actionText, openText } from './event-words.ts';

/** The columns of a replay's log: When, Source, Door, What. Stages are left to `--json` and `-v`. */
export function readableRow(event: Event): readonly [string, string, string, string] | undefined {
  if (event.event === 'scan') return [whenText(event), event.source, '', scanText(event)];
  const what = describe(event);
  if (what === undefined) return undefined;
  return [whenText(event), event.source, printable(event.door), what];
}

function whenText({ at }: Event): string {
  return at.replace('T', ' ').slice(0, -4);
}

function describe(event: DoorEvent): string | undefined {
  switch (event.event) {
    case 'stage':
    case 'match':
      return undefined;
    case 'open':
      return event.ports.length === 0
        ? 'opened (the door names no ports; its command would run)'
        : openText(event);
    case 'close':
      return event.reason === 'revoked' ? 'closed, revoked' : 'closed, time was up';
    case 'action':
      return actionText(event);
    case 'refuse':
      return `refused: ${event.reason}`;
    case 'timeout':
      return `too slow: gave up at stage ${event.stage}`;
  }
}
