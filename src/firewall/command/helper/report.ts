import { formatAddress, parseAddress } from '../../../tuple/address.ts';
import type { CommandEvent } from '../command-event.ts';

/** What the helper answers, a line of JSON each. It comes from root, so it may be text. */
export type Report =
  /** The configuration has been read; or why it is not the one that was meant. */
  | { readonly kind: 'started'; readonly problem?: string }
  | { readonly kind: 'one done' }
  | { readonly kind: 'hook done' }
  | { readonly kind: 'event'; readonly event: CommandEvent };

export function encodeReport(report: Report): string {
  return `${JSON.stringify(report.kind === 'event' ? plainOf(report.event) : report)}\n`;
}

export function decodeReport(line: string): Report {
  const report = JSON.parse(line) as Report;
  if (report.kind !== 'event') return report;
  const { source, error, ...event } = report.event as unknown as PlainEvent;
  const more = error === undefined ? {} : { error: new Error(error) };
  const whole = { ...event, ...more, source: parseAddress(source)! };
  return { kind: 'event', event: whole as unknown as CommandEvent };
}

interface PlainEvent {
  readonly source: string;
  readonly error?: string;
}

function plainOf(event: CommandEvent): object {
  const error = event.kind === 'no process' ? { error: event.error.message } : {};
  const { door, source } = event;
  const plain = { ...event, ...error, door: { name: door.name }, source: formatAddress(source) };
  return { kind: 'event', event: plain };
}
