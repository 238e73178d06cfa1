import { TRAIT } from '../../tuple/batch.ts';
import { has, type Frame, type Tuple } from './frame.ts';
import type { Network } from './link.ts';

/** The bytes behind the IP header: up to `end` they are there, up to `claimedEnd` the IP length counts them. */
export interface Transport {
  readonly at: number;
  readonly end: number;
  readonly claimedEnd: number;
}

/** Walks the outermost IP header and its extensions. */
export function walkIp(frame: Frame, network: Network, tuple: Tuple): Transport | undefined {
  const { at, version } = network;
  const isSix =
    version === 'either'
      ? has(frame.bytes, at, 1) && frame.bytes.getUint8(at) >> 4 === 6
      : version === 6;
  return isSix ? walkIpv6(frame, at, tuple) : walkIpv4(frame, at, tuple);
}

const MAX_EXTENSIONS = 16;
const HEADER = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, destination: 60 };

function walkIpv4(frame: Frame, at: number, tuple: Tuple): Transport | undefined {
  const { bytes } = frame;
  if (!has(bytes, at, 20)) return tuple.refuse('cutIp');
  const first = bytes.getUint8(at);
  const header = (first & 15) * 4;
  const total = bytes.getUint16(at + 2);
  if (first >> 4 !== 4 || header < 20 || (total !== 0 && total < header)) {
    return tuple.refuse('badIp');
  }
  tuple.traits |= TRAIT.ipv4;
  tuple.source.set([0, 0, 0xffff, bytes.getUint32(at + 12)]);
  tuple.target.set([0, 0, 0xffff, bytes.getUint32(at + 16)]);
  tuple.protocol = bytes.getUint8(at + 9);
  const fragment = bytes.getUint16(at + 6);
  const isLater = (fragment & 0x1fff) !== 0;
  if (isLater) tuple.traits |= TRAIT.laterFragment;
  if (!has(bytes, at, header)) return tuple.refuse('cutIp');
  if (headerSum(bytes, at, header) !== 0xffff) tuple.refuse('badChecksum');

  if (isLater) return tuple.refuse('laterFragment');
  if ((fragment & 0x2000) !== 0) tuple.traits |= TRAIT.firstFragment;
  const start = at + header;
  return walkExtensions(frame, start, total === 0 ? undefined : at + total, tuple, false);
}

function walkIpv6(frame: Frame, at: number, tuple: Tuple): Transport | undefined {
  const { bytes } = frame;
  if (!has(bytes, at, 40)) return tuple.refuse('cutIp');
  if (bytes.getUint8(at) >> 4 !== 6) return tuple.refuse('badIp');
  tuple.traits |= TRAIT.ipv6;
  for (let word = 0; word < 4; word++) {
    tuple.source[word] = bytes.getUint32(at + 8 + word * 4);
    tuple.target[word] = bytes.getUint32(at + 24 + word * 4);
  }
  tuple.protocol = bytes.getUint8(at + 6);
  const length = bytes.getUint16(at + 4);
  return walkExtensions(frame, at + 40, length === 0 ? undefined : at + 40 + length, tuple, true);
}

function walkExtensions(
  frame: Frame,
  start: number,
  lengthEnd: number | undefined,
  tuple: Tuple,
  isSix: boolean,
): Transport | undefined {
  const { bytes } = frame;
  const claimedEnd = lengthEnd ?? Math.max(bytes.byteLength, frame.originalLength);
  const end = Math.min(bytes.byteLength, claimedEnd);
  let at = start;
  for (let count = 0; isExtension(tuple.protocol, isSix); count++) {
    tuple.traits |= TRAIT.extended;
    if (count === MAX_EXTENSIONS) return tuple.refuse('extensionLimit');
    const missing = (length: number): undefined =>
      tuple.refuse(at + length > claimedEnd ? 'badIp' : 'cutIp');
    if (at + 8 > end) return missing(8);
    const length = extensionLength(tuple.protocol, bytes.getUint8(at + 1));
    if (at + length > end) return missing(length);
    const isFragment = tuple.protocol === HEADER.fragment;
    tuple.protocol = bytes.getUint8(at);
    if (isFragment) {
      const field = bytes.getUint16(at + 2);
      if ((field & 0xfff8) !== 0) {
        tuple.traits |= TRAIT.laterFragment;
        return tuple.refuse('laterFragment');
      }
      tuple.traits |= (field & 1) === 1 ? TRAIT.firstFragment : TRAIT.atomicFragment;
    }
    at += length;
  }
  return { at, end, claimedEnd };
}

function isExtension(protocol: number, isSix: boolean): boolean {
  if (protocol === HEADER.authentication) return true;
  return isSix && Object.values(HEADER).includes(protocol);
}

function extensionLength(protocol: number, lengthField: number): number {
  if (protocol === HEADER.fragment) return 8;
  return protocol === HEADER.authentication ? (lengthField + 2) * 4 : (lengthField + 1) * 8;
}

function headerSum(bytes: DataView, at: number, length: number): number {
  let sum = 0;
  for (let offset = at; offset < at + length; offset += 2) sum += bytes.getUint16(offset);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}
