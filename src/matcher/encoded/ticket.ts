import type { Address } from '../../tuple/address.ts';

/**
 * What a knock that proved itself says: whose it is, what it asks for, and the number that makes it good
 * for one use.
 */
export interface Ticket {
  /** Whose numbers these are: a door's and a key's, in a form that outlives the process. */
  readonly series: string;
  /** Grows from use to use: seconds of the client's clock, or a counter. */
  readonly number: number;
  /** Tells uses of one number apart; undefined: a use takes all numbers up to it with it. */
  readonly salt: number | undefined;
  /** A legacy knock: nothing in it makes it good for one use alone. */
  readonly isReusable?: true;
  /** The client's name, where keys have one. */
  readonly client?: string;
  readonly action: 'open' | 'close' | 'offer';
  /** Which of the door's offers it chose. */
  readonly offer?: number;
  /** Undefined: as long as the door stays open by itself. */
  readonly openForSeconds?: number;
  /** Whom it is for; undefined: the packets' source. */
  readonly subject?: Address;
}
