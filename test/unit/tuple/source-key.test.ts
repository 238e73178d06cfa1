import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/tuple/address.ts';
import { SourceHash } from '../../../src/tuple/source-key.ts';

const KEY = Uint8Array.from({ length: 16 }, (_, at) => at);

function hashOf(text: string, key = KEY): bigint {
  const { family, words } = parseAddress(text)!;
  const into = new Uint32Array(2);
  new SourceHash(key).hash(...words, family, into);
  return (BigInt(into[1]!) << 32n) | BigInt(into[0]!);
}

describe('the hash of a source', () => {
  it('rests on a reference that gives the published value', () => {
    // The first vector of the paper: SipHash-2-4 of the bytes 0 to 14.
    expect(sipHash(KEY, KEY.slice(0, 15), 2, 4)).toBe(0xa129ca6149be45e5n);
  });

  it.each([
    '203.0.113.9',
    '0.0.0.0',
    '255.255.255.255',
    '::',
    '2001:db8::1:2:3',
    '::ffff:203.0.113.9',
  ])('is SipHash-1-3 of address and family: %s', (text) => {
    const { family, words } = parseAddress(text)!;
    const message = new DataView(new ArrayBuffer(17));
    words.forEach((word, at) => message.setUint32(at * 4, word));
    message.setUint8(16, family);
    for (const key of [KEY, new Uint8Array(16), new Uint8Array(16).fill(0xff)]) {
      expect(hashOf(text, key)).toBe(sipHash(key, new Uint8Array(message.buffer), 1, 3));
    }
  });

  it('tells an IPv4 source from an IPv6 one that wears its address', () => {
    expect(hashOf('::ffff:203.0.113.9')).not.toBe(hashOf('203.0.113.9'));
  });

  it('reads its key where it lies in a larger buffer', () => {
    const buffer = new Uint8Array(40);
    buffer.set(KEY, 5);
    expect(hashOf('203.0.113.9', buffer.subarray(5, 21))).toBe(hashOf('203.0.113.9'));
  });
});

/** SipHash as the paper writes it, with big integers. */
function sipHash(key: Uint8Array, message: Uint8Array, c: number, d: number): bigint {
  const mask = (1n << 64n) - 1n;
  const word = (bytes: Uint8Array): bigint =>
    bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const rotate = (value: bigint, bits: bigint): bigint =>
    ((value << bits) | (value >> (64n - bits))) & mask;
  const [k0, k1] = [word(key.slice(0, 8)), word(key.slice(8))];
  let [v0, v1] = [k0 ^ 0x736f6d6570736575n, k1 ^ 0x646f72616e646f6dn];
  let [v2, v3] = [k0 ^ 0x6c7967656e657261n, k1 ^ 0x7465646279746573n];
  const rounds = (count: number): void => {
    for (let round = 0; round < count; round++) {
      v0 = (v0 + v1) & mask;
      v2 = (v2 + v3) & mask;
      v1 = rotate(v1, 13n) ^ v0;
      v3 = rotate(v3, 16n) ^ v2;
      v0 = rotate(v0, 32n);
      v2 = (v2 + v1) & mask;
      v0 = (v0 + v3) & mask;
      v1 = rotate(v1, 17n) ^ v2;
      v3 = rotate(v3, 21n) ^ v0;
      v2 = rotate(v2, 32n);
    }
  };
  const padded = new Uint8Array(Math.floor(message.length / 8) * 8 + 8);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  for (let at = 0; at < padded.length; at += 8) {
    const block = word(padded.slice(at, at + 8));
    v3 ^= block;
    rounds(c);
    v0 ^= block;
  }
  v2 ^= 0xffn;
  rounds(d);
  return v0 ^ v1 ^ v2 ^ v3;
}
