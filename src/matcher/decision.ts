import type { Door } from '../door/door.ts';
import type { Address } from '../tuple/address.ts';
import type { Ticket } from './encoded/ticket.ts';

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
  | (DecisionBase & {
      readonly kind: 'open';
      readonly target: Address;
      /** What the knock said, where it was one that says something. */
      readonly ticket?: Ticket;
    })
  | (DecisionBase & { readonly kind: 'timeout'; readonly stage: number })
  | (DecisionBase & {
      readonly kind: 'refuse';
      readonly stage: number;
      readonly reason: RefuseReason;
    });

/** Why an attempt ended, or a knock that was right did not count. */
export type RefuseReason =
  | 'wrong port'
  | 'tripwire'
  | 'held'
  | 'cooldown'
  | 'evicted'
  /** A sealed knock of long ago, or of a time that is yet to come, by this host's clock. */
  | 'late'
  | 'early'
  /** The check fits and the seal does not: another address than the one inside, or made up. */
  | 'forged'
  /** It asks for a wider network than the door gives. */
  | 'too wide'
  /** It asks for an action that the door does not offer. */
  | 'not offered';
