/**
 * The keyed hash of a source address that the `key0` and `key1` columns carry: SipHash-1-3 over its 16
 * bytes in network order and its family (4 or 6). The addon computes the same
 * (native/batch/source_key.h); this one serves the rows that are made in TypeScript.
 */
export class SourceHash {
  /** Low and high half of v0 to v3, by turns. */
  readonly #state = new Int32Array(8);
  readonly #key: Int32Array;

  /** `key`: 16 bytes, read as little-endian words. */
  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, 16);
    this.#key = Int32Array.from([0, 4, 8, 12], (at) => view.getInt32(at, true));
  }

  /** Writes the low word to `into[0]` and the high word to `into[1]`; address words in host order. */
  hash(
    word0: number,
    word1: number,
    word2: number,
    word3: number,
    family: 4 | 6,
    into: Uint32Array,
  ): void {
    const v = this.#state;
    for (let at = 0; at < 8; at++) v[at] = INITIAL[at]! ^ this.#key[at & 3]!;
    absorb(v, byteSwap(word0), byteSwap(word1));
    absorb(v, byteSwap(word2), byteSwap(word3));
    absorb(v, family, 17 << 24);
    v[4]! ^= 0xff;
    round(v);
    round(v);
    round(v);
    into[0] = v[0]! ^ v[2]! ^ v[4]! ^ v[6]!;
    into[1] = v[1]! ^ v[3]! ^ v[5]! ^ v[7]!;
  }
}

/** "somepseudorandomlygeneratedbytes", as SipHash's authors chose. */
const INITIAL = Int32Array.of(
  0x70736575,
  0x736f6d65,
  0x6e646f6d,
  0x646f7261,
  0x6e657261,
  0x6c796765,
  0x79746573,
  0x74656462,
);

function absorb(v: Int32Array, low: number, high: number): void {
  v[6]! ^= low;
  v[7]! ^= high;
  round(v);
  v[0]! ^= low;
  v[1]! ^= high;
}

function round(v: Int32Array): void {
  add(v, 0, 2);
  rotate(v, 2, 13);
  mix(v, 2, 0);
  swapHalves(v, 0);
  add(v, 4, 6);
  rotate(v, 6, 16);
  mix(v, 6, 4);
  add(v, 0, 6);
  rotate(v, 6, 21);
  mix(v, 6, 0);
  add(v, 4, 2);
  rotate(v, 2, 17);
  mix(v, 2, 4);
  swapHalves(v, 4);
}

function add(v: Int32Array, to: number, from: number): void {
  const low = (v[to]! >>> 0) + (v[from]! >>> 0);
  v[to + 1] = v[to + 1]! + v[from + 1]! + (low > 0xffff_ffff ? 1 : 0);
  v[to] = low;
}

function rotate(v: Int32Array, at: number, bits: number): void {
  const low = v[at]!;
  const high = v[at + 1]!;
  v[at] = (low << bits) | (high >>> (32 - bits));
  v[at + 1] = (high << bits) | (low >>> (32 - bits));
}

function mix(v: Int32Array, to: number, from: number): void {
  v[to]! ^= v[from]!;
  v[to + 1]! ^= v[from + 1]!;
}

function swapHalves(v: Int32Array, at: number): void {
  const low = v[at]!;
  v[at] = v[at + 1]!;
  v[at + 1] = low;
}

function byteSwap(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | ((word >>> 24) & 0xff);
}
