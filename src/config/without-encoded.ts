import type { DoorDraft } from './drafts.ts';
import type { Report } from './report.ts';

/** What belongs to each way to say something by a knock. */
const OF_KNOCK = {
  sealed: [
    'span',
    'carrier',
    'keys',
    'clock_window',
    'knock_address',
    'open_at_most',
    'max_queues',
  ],
  legacy: ['span', 'carrier', 'passphrase', 'legacy', 'knock_address', 'max_queues'],
  code: ['carrier', 'code_period', 'code_drift', 'max_queues'],
  sequence: [],
} as const;

const NAMES = {
  sealed: 'a sealed knock',
  legacy: 'a legacy knock',
  code: 'a code',
  sequence: 'a sequence of ports',
} as const;

/** Warns of directives that belong to another kind of knock than the door's: they do nothing. */
export function warnOfIdle(draft: DoorDraft, report: Report): void {
  const kind = draft.encoded?.kind ?? (draft.oneTimeCode === undefined ? 'sequence' : 'code');
  const own: readonly string[] = OF_KNOCK[kind];
  for (const name of new Set(Object.values(OF_KNOCK).flat())) {
    const place = draft.places.get(name);
    if (place === undefined || own.includes(name)) continue;
    const message = `${name} means nothing for ${NAMES[kind]}`;
    const hint = kind === 'sequence' ? 'encoded is missing' : undefined;
    report.warning(place, 'CONFIG_ENCODED', message, { hint });
  }
}
