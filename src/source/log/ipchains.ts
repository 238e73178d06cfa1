import { TRAIT } from '../../tuple/batch.ts';
import { TCP_FLAG } from '../../tuple/flags.ts';
import { PROTOCOL } from '../../tuple/protocol.ts';
import type { LogRecord } from './log-record.ts';
import { setEcho } from './netfilter.ts';
import { address, pastSpaces, portNumber, standsAt, wholeNumber, wordEnd } from './scan.ts';

/**
 * What Linux 2.2 wrote (ip_fw.c): of ICMP, type and code stand where ports do.
 *
 *     Packet log: input DENY eth0 PROTO=6 203.0.113.9:1000 192.0.2.1:7000 L=60 S=0x00 I=0 F=0x4000 T=64 SYN (#1)
 */
export const IPCHAINS_HEAD: Uint8Array = Buffer.from('Packet log: ');

const PROTO = Buffer.from('PROTO=');
const LENGTH = Buffer.from('L=');
const FRAGMENT = Buffer.from('F=0x');
const SYN = Buffer.from('SYN');
const COLON = 58;
/** Bits of the fragment field. */
const [MORE, OFFSET] = [0x2000, 0x1fff];

/** Reads what stands behind the head. False: that is no packet. */
export function readIpchains(bytes: Buffer, from: number, end: number, record: LogRecord): boolean {
  const words: [number, number][] = [];
  for (let at = from; at < end && words.length < MOST_WORDS;) {
    const to = wordEnd(bytes, at, end);
    words.push([at, to]);
    at = pastSpaces(bytes, to, end);
  }
  const proto = words[3];
  const [, , , , source, target, length, , , fragment] = words;
  if (fragment === undefined || !standsAt(bytes, proto![0], proto![1], PROTO)) return false;
  const { tuple } = record;
  tuple.traits = TRAIT.ipv4;
  tuple.protocol = wholeNumber(bytes, proto![0] + PROTO.length, proto![1]);
  const from4 = endpoint(bytes, source!, tuple.source);
  const to4 = endpoint(bytes, target!, tuple.target);
  if (from4 < 0 || to4 < 0 || tuple.protocol < 0 || tuple.protocol > 255) return false;
  if (!standsAt(bytes, ...length!, LENGTH) || !standsAt(bytes, ...fragment, FRAGMENT)) return false;
  record.originalLength = wholeNumber(bytes, length![0] + LENGTH.length, length![1]);
  const field = Number.parseInt(
    bytes.toString('latin1', fragment[0] + FRAGMENT.length, fragment[1]),
    16,
  );
  if (record.originalLength < 0 || Number.isNaN(field)) return false;
  if ((field & OFFSET) !== 0) {
    tuple.traits |= TRAIT.laterFragment;
    tuple.refuse('laterFragment');
    return true;
  }
  if ((field & MORE) !== 0) tuple.traits |= TRAIT.firstFragment;
  if (tuple.protocol === PROTOCOL.icmp) return setEcho(tuple, from4, to4, record.originalLength);
  const isKnown = tuple.protocol === PROTOCOL.tcp || tuple.protocol === PROTOCOL.udp;
  if (!isKnown) tuple.refuse('otherProtocol');
  tuple.traits |= TRAIT.complete;
  tuple.sourcePort = from4;
  tuple.port = to4;
  const isSyn = words.slice(11).some(([at, to]) => to - at === 3 && standsAt(bytes, at, to, SYN));
  if (tuple.protocol === PROTOCOL.tcp && isSyn) tuple.flags = TCP_FLAG.syn;
  return true;
}

/** `L=`, `S=`, `I=`, `F=`, `T=`, options, `SYN`, and the rule's number. */
const MOST_WORDS = 24;

/** Reads an address and the port behind it, which it returns; -1 if that is none. */
function endpoint(bytes: Buffer, [from, to]: [number, number], into: Uint32Array): number {
  let colon = from;
  while (colon < to && bytes[colon] !== COLON) colon++;
  return address(bytes, from, colon, into) === 4 ? portNumber(bytes, colon + 1, to) : -1;
}
