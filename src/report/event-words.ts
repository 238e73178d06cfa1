import { printable } from '../config/printable.ts';
import { portsText } from '../door/ports-text.ts';
import type { Event } from './event.ts';
import { durationText } from './words.ts';

interface Length {
  readonly isHeld?: true | undefined;
  readonly openForSeconds: number;
}

/** `for 30 s`, `until closed` */
export function lengthText({ isHeld, openForSeconds }: Length): string {
  return isHeld === true ? 'until closed' : `for ${durationText(openForSeconds)}`;
}

/** `opened tcp/22 for 30 s` */
export function openText(event: Extract<Event, { event: 'open' }>): string {
  const ports = portsText(event.ports);
  if (event.isKept === true) return `${ports} is open already, and not renewed`;
  return `${event.renewed ? 'renewed' : 'opened'} ${ports} ${lengthText(event)}`;
}

/** `action wake-nas waits 5s: wakes 00:11:22:33:44:55 by 192.0.2.255` */
export function actionText(event: Extract<Event, { event: 'action' }>): string {
  const { action, state, does, detail } = event;
  const how = state === 'done' ? '' : ` ${state}`;
  const why = detail === undefined ? '' : state === 'waits' ? ` ${detail}` : ` (${detail})`;
  return `action ${printable(action)}${how}${why}${does === undefined ? '' : `: ${printable(does)}`}`;
}
