import type { Door } from '../door/door.ts';
import type { Address } from '../tuple/address.ts';

interface DecisionBase {
  readonly door: Door;
  readonly source: Address;
  /** Packet time: whole seconds since the epoch, and nanoseconds. */
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What the matcher decides. Plain data: firewalls, logs, metrics and tests read the same list. */
export type Decision =
  | (DecisionBase & { readonly kind: 'stage'; readonly stage: number })
  | (DecisionBase & { readonly kind: 'open'; readonly target: Address })
  | (DecisionBase & { readonly kind: 'timeout'; readonly stage: number })
  | (DecisionBase & {
      readonly kind: 'refuse';
      readonly stage: number;
      readonly reason: RefuseReason;
    });

/** Why an attempt ended, or a knock that was right did not count. */
export type RefuseReason = 'wrong port' | 'tripwire' | 'held' | 'cooldown' | 'evicted';
