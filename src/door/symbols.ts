/**
 * How a message lies on a span: as symbols, one a packet, each a number `place * values + value`. The
 * place says which part of the message the value is, so that the order of arrival means nothing.
 *
 *   span   | place 0: values 0 1 2 3 | place 1: values 0 1 2 3 | ... | ports left over
 */
export interface SymbolLayout {
  /** Symbols of a message. */
  readonly places: number;
  /** Different values of a symbol. */
  readonly values: number;
}

/** A layout whose symbols carry whole bits, first bits first; the last symbol may have some to spare. */
export interface BitLayout extends SymbolLayout {
  readonly bits: number;
}

/** The layout with the fewest packets for a message of so many bits; undefined: the span is too small. */
export function bitLayout(spanPorts: number, messageBits: number): BitLayout | undefined {
  for (let bits = 14; bits >= 1; bits--) {
    const places = Math.ceil(messageBits / bits);
    if (places * 2 ** bits <= spanPorts) return { places, values: 2 ** bits, bits };
  }
  return undefined;
}

/** The smallest span that has room for a message of so many bits. */
export function smallestSpan(messageBits: number): number {
  const sizes = [1, 2, 3].map((bits) => Math.ceil(messageBits / bits) * 2 ** bits);
  return Math.min(...sizes);
}

/** The values of a message's symbols, by place. */
export function toSymbols(message: Uint8Array, { places, bits }: BitLayout): number[] {
  return Array.from({ length: places }, (_, place) => {
    let value = 0;
    for (let at = place * bits; at < (place + 1) * bits; at++)
      value = (value << 1) | bitAt(message, at);
    return value;
  });
}

/** The message that these values are, written into `message`. */
export function fromSymbols(
  values: ArrayLike<number>,
  { bits }: BitLayout,
  message: Uint8Array,
): void {
  message.fill(0);
  for (let at = 0; at < message.length * 8; at++) {
    const place = Math.floor(at / bits);
    const bit = (values[place]! >> (bits - 1 - (at - place * bits))) & 1;
    message[at >> 3]! |= bit << (7 - (at & 7));
  }
}

function bitAt(bytes: Uint8Array, at: number): number {
  return at >> 3 < bytes.length ? (bytes[at >> 3]! >> (7 - (at & 7))) & 1 : 0;
}
