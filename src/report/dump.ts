import { formatAddress } from '../tuple/address.ts';
import { sourceAt, targetAt } from '../tuple/batch-address.ts';
import { TRAIT, type TupleBatch } from '../tuple/batch.ts';
import { COUNTERS } from '../tuple/columns.ts';
import { TCP_FLAG } from '../tuple/flags.ts';
import { PROTOCOL } from '../tuple/protocol.ts';

/** A packet as the engine sees it: one line of `postern dump --json`. Null: the packet has no such thing. */
export interface DumpRow {
  /** Counts link-layer packets from 1. */
  readonly n: number;
  /** Seconds since the epoch with 9 decimals. */
  readonly ts: string;
  readonly src: string | null;
  readonly dst: string | null;
  /** Name, or number where it has none here. */
  readonly proto: string | null;
  readonly sport: number | null;
  readonly dport: number | null;
  /** The TCP flags byte. */
  readonly flags: number | null;
  readonly frag: 'first' | 'later' | 'atomic' | null;
  /** Whether the transport header is whole. */
  readonly complete: boolean;
}

/** The row of a batch that was read with `everyPacket`. */
export function dumpRow(batch: TupleBatch, row: number, n: number): DumpRow {
  const traits = batch.traits[row]!;
  const protocol = batch.protocol[row]!;
  const isIp = (traits & (TRAIT.ipv4 | TRAIT.ipv6)) !== 0;
  const isComplete = (traits & TRAIT.complete) !== 0;
  const hasPorts = isComplete && (protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp);
  return {
    n,
    ts: timeText(batch.seconds[row]!, batch.nanoseconds[row]!),
    src: isIp ? formatAddress(sourceAt(batch, row)) : null,
    dst: isIp ? formatAddress(targetAt(batch, row)) : null,
    proto: isIp ? (NAMES[protocol] ?? String(protocol)) : null,
    sport: hasPorts ? batch.sourcePort[row]! : null,
    dport: hasPorts ? batch.port[row]! : null,
    flags: isComplete && protocol === PROTOCOL.tcp ? batch.flags[row]! : null,
    frag: fragmentOf(traits),
    complete: isComplete,
  };
}

/** `dumpRow` as one line of JSON. */
export function dumpJson(batch: TupleBatch, row: number, n: number): string {
  return JSON.stringify(dumpRow(batch, row, n));
}

/** `dumpRow` as a line for people: number, time, protocol, ends, flags, and why it is no tuple. */
export function dumpText(batch: TupleBatch, row: number, n: number): string {
  const { ts, src, dst, proto, sport, dport, flags, frag } = dumpRow(batch, row, n);
  const end = (address: string, port: number | null): string => {
    if (port === null) return address;
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  };
  const verdict = COUNTERS[batch.verdict[row]!]!;
  const isTuple = verdict === 'wanted' || verdict === 'unwanted';
  return [
    `${String(n).padStart(6)}  ${ts}`,
    (proto ?? '-').padEnd(6),
    src === null || dst === null ? '' : `${end(src, sport)} > ${end(dst, dport)}`,
    flags === null ? '' : `[${flagText(flags)}]`,
    frag === null ? '' : `${frag} fragment`,
    isTuple ? '' : `(${verdict})`,
  ]
    .filter(Boolean)
    .join('  ');
}

/** Names of IP protocols that a listing is likely to show (IANA's, in lower case). */
const NAMES: Readonly<Record<number, string>> = {
  0: 'hopopt',
  1: 'icmp',
  2: 'igmp',
  4: 'ipip',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  43: 'ipv6-route',
  44: 'ipv6-frag',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  132: 'sctp',
};

/** Seconds may be negative in a capture with a clock offset; nanoseconds always count forward. */
function timeText(seconds: number, nanoseconds: number): string {
  if (seconds >= 0 || nanoseconds === 0) {
    return `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
  }
  const whole = seconds + 1;
  const fraction = String(1_000_000_000 - nanoseconds).padStart(9, '0');
  return `${whole === 0 ? '-0' : whole}.${fraction}`;
}

function flagText(flags: number): string {
  const set = Object.entries(TCP_FLAG).filter(([, bit]) => (flags & bit) !== 0);
  return set.map(([name]) => name).join(' ');
}

function fragmentOf(traits: number): DumpRow['frag'] {
  if ((traits & TRAIT.laterFragment) !== 0) return 'later';
  if ((traits & TRAIT.firstFragment) !== 0) return 'first';
  return (traits & TRAIT.atomicFragment) !== 0 ? 'atomic' : null;
}
