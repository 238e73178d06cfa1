import { bitLayout, type BitLayout } from '../door/symbols.ts';
import type { AddressRule } from '../door/encoded.ts';
import { aesStream, hkdfSha256, sha256 } from './primitives.ts';

/** Bits of the check at a message's beginning. */
export const CHECK_BITS = 16;

/** What one client's key becomes at one door: nothing that is made with it means anything at another. */
export interface SealedKey {
  readonly cipher: Uint8Array;
  /** By `place * values + value`, the share of a symbol in the check. */
  readonly shares: Uint16Array;
  /** Names the key in the book of used knocks; the key can't be found from it. */
  readonly name: string;
}

export function sealedKey(key: Uint8Array, door: string, layout: BitLayout): SealedKey {
  const derive = (use: string): Uint8Array =>
    hkdfSha256(key, `postern sealed 1\0${use}\0${door}`, 32);
  const name = Buffer.from(sha256(derive('name')))
    .toString('hex')
    .slice(0, 16);
  return { cipher: derive('cipher'), shares: sharesOf(derive('check'), layout), name };
}

/** Bytes of a message: check 2, time 2, salt 2, terms 1, prefix 1, an address 16 if stated, seal 8. */
export function messageBytes(rule: AddressRule): number {
  return rule === 'stated' ? 32 : 16;
}

export function sealedLayout(spanPorts: number, rule: AddressRule): BitLayout | undefined {
  return bitLayout(spanPorts, messageBytes(rule) * 8);
}

/**
 * Each symbol's share is a number drawn from the key, by its bits outside the check; its bits inside the
 * check stand for themselves. So the shares of a whole message cancel out where the check is right.
 */
function sharesOf(seed: Uint8Array, { places, values, bits }: BitLayout): Uint16Array {
  const bytes = aesStream(seed, places * values * 2);
  return Uint16Array.from({ length: places * values }, (_, at) => {
    const first = Math.floor(at / values) * bits;
    const inside = Math.min(bits, Math.max(0, CHECK_BITS - first));
    const value = at % values;
    const outside = bits - inside;
    const own = inside === 0 ? 0 : (value >> outside) << (CHECK_BITS - first - inside);
    const rest = value & (2 ** outside - 1);
    if (outside === 0) return own;
    const from = (at - value + rest) * 2;
    return own ^ ((bytes[from]! << 8) | bytes[from + 1]!);
  });
}
