import { cbc, ctr } from '@noble/ciphers/aes.js';
import { equalBytes } from '@noble/ciphers/utils.js';

/*
 * AES-CCM (RFC 3610) out of CTR and CBC, with a nonce of 13 bytes and so a length of two:
 *
 *   to be authenticated   B0 | length of what is bound, itself, zeros | text, zeros
 *   stream                A0: hides the tag | A1 ...: the text
 */

const BLOCK = 16;
const TAG_BYTES = 8;
/** Bytes of the length, less one. */
const LENGTH_FLAGS = 1;

export function ccmSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  bound: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const hidden = stream(key, nonce, joined([tagOf(key, nonce, bound, plain), plain]));
  return joined([hidden.subarray(BLOCK), hidden.subarray(0, TAG_BYTES)]);
}

export function ccmOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  bound: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const end = sealed.length - TAG_BYTES;
  const hidden = new Uint8Array(BLOCK + end);
  hidden.set(sealed.subarray(end));
  hidden.set(sealed.subarray(0, end), BLOCK);
  const shown = stream(key, nonce, hidden);
  const plain = shown.slice(BLOCK);
  const tag = tagOf(key, nonce, bound, plain);
  const isRight = equalBytes(tag.slice(0, TAG_BYTES), shown.slice(0, TAG_BYTES));
  return isRight ? plain : undefined;
}

/** The stream from A0 on over these bytes: the first block is the tag's. */
function stream(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Uint8Array {
  const first = joined([Uint8Array.of(LENGTH_FLAGS), nonce, new Uint8Array(2)]);
  return ctr(key, first).encrypt(bytes);
}

/** The last block of all that is authenticated, chained. */
function tagOf(
  key: Uint8Array,
  nonce: Uint8Array,
  bound: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const flags = (bound.length > 0 ? 64 : 0) + 8 * ((TAG_BYTES - 2) / 2) + LENGTH_FLAGS;
  const first = joined([Uint8Array.of(flags), nonce, twoBytes(plain.length)]);
  const inBound = bound.length > 0 ? padded(joined([twoBytes(bound.length), bound])) : bound;
  const all = joined([first, inBound, padded(plain)]);
  const chained = cbc(key, new Uint8Array(BLOCK), { disablePadding: true }).encrypt(all);
  return chained.subarray(-BLOCK);
}

function twoBytes(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 255);
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
  whole.set(bytes);
  return whole;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
