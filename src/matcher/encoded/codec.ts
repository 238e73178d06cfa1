import type { Door } from '../../door/door.ts';
import type { BitLayout, SymbolLayout } from '../../door/symbols.ts';
import type { Address } from '../../tuple/address.ts';
import type { RefuseReason } from '../decision.ts';
import type { Ticket } from './ticket.ts';

/** Finds what reads the encoded knocks of a door. Ciphers live behind it: the matcher has none. */
export type CodecOf = (door: Door) => Codec | undefined;

export type Codec = SealedCodec | CodeCodec | StreamCodec;

export type Reading =
  | { readonly kind: 'ticket'; readonly ticket: Ticket }
  | { readonly kind: 'refused'; readonly reason: RefuseReason };

/** Messages behind a seal. */
export interface SealedCodec {
  readonly kind: 'sealed';
  readonly layout: BitLayout;
  /**
   * The check that costs next to nothing, one table for each client: by `place * values + value` the share
   * of a symbol. Of a message of this client's the shares cancel out: their exclusive or is 0.
   */
  readonly shares: readonly Uint16Array[];
  /** Breaks the seal of a message that passed a client's check. `values` by place. */
  unseal(client: number, values: ArrayLike<number>, source: Address, seconds: number): Reading;
}

/** Ports that are right at a time. */
export interface CodeCodec {
  readonly kind: 'code';
  readonly layout: SymbolLayout;
  /** The codes to look for at a time. Some may have been used, as the book of used ones will say. */
  codesAt(seconds: number): readonly Code[];
}

export interface Code {
  /** By place. */
  readonly values: readonly number[];
  readonly ticket: Ticket;
}

/** Messages without places: the last so many ports, in the order of their arrival. */
export interface StreamCodec {
  readonly kind: 'stream';
  readonly length: number;
  /** Undefined: these ports are no message. `offsets` count from the span's first port. */
  read(offsets: ArrayLike<number>, source: Address): Reading | undefined;
}
