import type { LegacyProfile } from '../../door/encoded.ts';

/** Ports that so many bytes take on a span of a power of two: each carries log2(span) bits. */
export function portCount(bytes: number, spanPorts: number): number {
  return Math.ceil((8 * bytes) / Math.log2(spanPorts));
}

/** Offsets from the span's first port. */
export function toOffsets(
  bytes: Uint8Array,
  spanPorts: number,
  order: LegacyProfile['bitOrder'],
): number[] {
  const width = Math.log2(spanPorts);
  const count = portCount(bytes.length, spanPorts);
  const bits = bitsOf(bytes, order);
  const padding = '0'.repeat(count * width - bits.length);
  const padded = order === 'integer' ? padding + bits : bits + padding;
  return Array.from({ length: count }, (_, at) =>
    numberOf(padded.slice(at * width, (at + 1) * width), order),
  );
}

/** The bytes that lie on these ports, so many of them; undefined: bits that should be 0 are not. */
export function fromOffsets(
  offsets: ArrayLike<number>,
  byteCount: number,
  spanPorts: number,
  order: LegacyProfile['bitOrder'],
): Uint8Array | undefined {
  const width = Math.log2(spanPorts);
  const all = Array.from(offsets, (offset) => {
    const bits = offset.toString(2).padStart(width, '0');
    return order === 'lsb' ? reversed(bits) : bits;
  }).join('');
  const spare = all.length - byteCount * 8;
  const bits = order === 'integer' ? all.slice(spare) : all.slice(0, byteCount * 8);
  const rest = order === 'integer' ? all.slice(0, spare) : all.slice(byteCount * 8);
  if (rest.includes('1')) return undefined;
  return Uint8Array.from({ length: byteCount }, (_, at) =>
    numberOf(bits.slice(at * 8, at * 8 + 8), order),
  );
}

function bitsOf(bytes: Uint8Array, order: LegacyProfile['bitOrder']): string {
  return Array.from(bytes, (byte) => {
    const bits = byte.toString(2).padStart(8, '0');
    return order === 'lsb' ? reversed(bits) : bits;
  }).join('');
}

function numberOf(bits: string, order: LegacyProfile['bitOrder']): number {
  return Number.parseInt(order === 'lsb' ? reversed(bits) : bits, 2);
}

function reversed(bits: string): string {
  return [...bits].reverse().join('');
}
