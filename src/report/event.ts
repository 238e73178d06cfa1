import type { OpenPorts } from '../door/door.ts';

/**
 * One line of what happened, as plain text values: the form that logs, `--json` and tests read.
 * `at` is ISO 8601 with microseconds, `atUs` the same as microseconds since the epoch.
 */
export type Event = ScanEvent | DoorEvent;

/** Somebody who touches many ports, or whose attempts come to nothing. */
export interface ScanEvent {
  readonly event: 'scan';
  readonly source: string;
  readonly why: 'ports' | 'failures';
  /** So many within so many seconds. */
  readonly count: number;
  readonly withinSeconds: number;
  readonly at: string;
  readonly atUs: number;
}

export type DoorEvent = EventBase &
  (
    | { readonly event: 'stage'; readonly stage: number }
    /** A knock was right, and is not refused; what comes of it is told behind it. */
    | {
        readonly event: 'match';
        /** What it asks for in place of opening the door. */
        readonly asksFor?: string;
      }
    | {
        readonly event: 'open';
        readonly ports: readonly OpenPorts[];
        readonly openForSeconds: number;
        readonly renewed: boolean;
        /** It was open, and its end stays where it was, as `renew = no` has it. */
        readonly isKept?: true;
        /** Until somebody closes it; the time is that of its first lease. */
        readonly isHeld?: true;
        /** Who asked for it by hand; undefined: a knock did. */
        readonly by?: string;
      }
    /** What a right knock set going besides, or by choice. */
    | {
        readonly event: 'action';
        readonly action: string;
        readonly state: 'done' | 'waits' | 'cancelled' | 'skipped' | 'failed' | 'not kept';
        /** What it does; undefined: it is no more. */
        readonly does?: string;
        /** How long it waits, or why it failed. */
        readonly detail?: string;
      }
    | { readonly event: 'close'; readonly reason: 'time' | 'revoked' }
    | { readonly event: 'refuse'; readonly reason: string }
    | { readonly event: 'timeout'; readonly stage: number }
  );

interface EventBase {
  readonly door: string;
  readonly source: string;
  readonly at: string;
  readonly atUs: number;
}

/** An instant: whole seconds since the epoch, and nanoseconds. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Date and microseconds of an instant; years beyond 9999 keep ISO's long form. */
export function stamp({ seconds, nanoseconds }: Instant): { at: string; atUs: number } {
  const micros = Math.trunc(nanoseconds / 1000);
  return {
    at: `${isoSeconds(seconds)}.${String(micros).padStart(6, '0')}Z`,
    atUs: seconds * 1e6 + micros,
  };
}

const LAST_DATE_SECONDS = 8.64e12; // ECMA-262: Date ends 100,000,000 days after the epoch.

function isoSeconds(seconds: number): string {
  const within = Math.min(Math.max(seconds, -LAST_DATE_SECONDS), LAST_DATE_SECONDS);
  return new Date(within * 1000).toISOString().slice(0, -5);
}
