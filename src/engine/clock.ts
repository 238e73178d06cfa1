import { monotonicMs } from '../firewall/clock.ts';
import type { Instant } from '../report/event.ts';

/**
 * The clock by which grants end. A replay lives in packet time, so that it decides what the live run
 * decided; the daemon lives in monotonic time, which no clock step can move.
 */
export type Clock =
  | { readonly kind: 'packets'; atMs(packet: Instant): number }
  | { readonly kind: 'monotonic'; nowMs(): number };

export const PACKET_CLOCK: Clock = {
  kind: 'packets',
  atMs: ({ seconds, nanoseconds }) => seconds * 1000 + nanoseconds / 1e6,
};

export const MONOTONIC_CLOCK: Clock = { kind: 'monotonic', nowMs: monotonicMs };
