import type { AddressRule } from '../door/encoded.ts';
import { fromSymbols, toSymbols, type BitLayout } from '../door/symbols.ts';
import type { Address } from '../tuple/address.ts';
import { ccmOpen, ccmSeal } from './primitives.ts';
import { messageBytes, type SealedKey } from './sealed-key.ts';

/** What a sealed knock carries. */
export interface SealedContent {
  /** The client's clock, whole seconds since the epoch. */
  readonly seconds: number;
  /** 16 bits that tell the knocks of one second apart. */
  readonly salt: number;
  /** See `terms.ts`. */
  readonly terms: number;
  /** Length of the prefix that it is for, 0 for one address. */
  readonly prefix: number;
  /** Inside the seal where the rule is `agree` or `stated`. */
  readonly address: Address | undefined;
}

const CLEAR_BYTES = 6;

/** The values of a knock's symbols, by place. */
export function seal(
  content: SealedContent,
  key: SealedKey,
  rule: AddressRule,
  layout: BitLayout,
): number[] {
  const message = Buffer.alloc(messageBytes(rule));
  message.writeUInt16BE(content.seconds % 0x1_0000, 2);
  message.writeUInt16BE(content.salt, 4);
  const plain = Buffer.from([content.terms, content.prefix]);
  const inside = rule === 'stated' ? Buffer.concat([plain, addressBytes(content.address!)]) : plain;
  const nonce = nonceOf(content.seconds, content.salt);
  message.set(ccmSeal(key.cipher, nonce, boundTo(rule, content.address), inside), CLEAR_BYTES);
  const values = toSymbols(message, layout);
  message.writeUInt16BE(sumOf(values, key, layout), 0);
  return toSymbols(message, layout);
}

/**
 * Breaks the seal of symbols that passed the check; undefined: it does not fit. Of the time 16 bits are
 * sent: the moment meant is the one nearest to `seconds`, up to nine hours away.
 */
export function unseal(
  values: ArrayLike<number>,
  key: SealedKey,
  rule: AddressRule,
  layout: BitLayout,
  observed: Address,
  seconds: number,
): SealedContent | undefined {
  const message = Buffer.alloc(messageBytes(rule));
  fromSymbols(values, layout, message);
  const sentSeconds = nearest(message.readUInt16BE(2), seconds);
  const salt = message.readUInt16BE(4);
  const nonce = nonceOf(sentSeconds, salt);
  const sealed = message.subarray(CLEAR_BYTES);
  const inside = ccmOpen(key.cipher, nonce, boundTo(rule, observed), sealed);
  if (inside === undefined) return undefined;
  const address =
    rule === 'stated' ? addressOf(inside.subarray(2)) : rule === 'agree' ? observed : undefined;
  return { seconds: sentSeconds, salt, terms: inside[0]!, prefix: inside[1]!, address };
}

/** What the check must be: the shares of all symbols while the check itself is 0. */
function sumOf(values: readonly number[], { shares }: SealedKey, layout: BitLayout): number {
  return values.reduce((sum, value, place) => sum ^ shares[place * layout.values + value]!, 0);
}

/** Never twice the same for one key, but where a client seals two knocks in a second by one salt. */
function nonceOf(seconds: number, salt: number): Buffer {
  const nonce = Buffer.alloc(13);
  nonce.writeUIntBE(seconds, 0, 6);
  nonce.writeUInt16BE(salt, 6);
  return nonce;
}

/** What is sealed without being sent: under `agree`, the address. */
function boundTo(rule: AddressRule, address: Address | undefined): Buffer {
  const kind = Buffer.from(rule);
  return rule === 'agree' ? Buffer.concat([kind, addressBytes(address!)]) : kind;
}

function nearest(low: number, seconds: number): number {
  const apart = (low - seconds) & 0xffff;
  return Math.max(0, seconds + (apart < 0x8000 ? apart : apart - 0x1_0000));
}

function addressBytes({ words }: Address): Buffer {
  const bytes = Buffer.alloc(16);
  for (const [at, word] of words.entries()) bytes.writeUInt32BE(word, at * 4);
  return bytes;
}

/** An IPv4 address goes as ::ffff:a.b.c.d. */
function addressOf(bytes: Uint8Array): Address {
  const word = (at: number): number => Buffer.from(bytes).readUInt32BE(at * 4);
  const words = [word(0), word(1), word(2), word(3)] as const;
  const isIpv4 = words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  return { family: isIpv4 ? 4 : 6, words };
}
