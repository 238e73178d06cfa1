import type { Interest } from '../matcher/interest.ts';
import { TCP_FLAG, type FlagTest } from '../tuple/flags.ts';

export interface NflogRules {
  readonly interest: Interest;
  readonly group: number;
  /** Packets a second that each rule hands over at most; undefined: all. */
  readonly perSecond: number | undefined;
}

/** Before connection tracking, and before whatever else may drop a packet. */
const PRIORITY = -310;
const TABLE = 'inet postern_nflog';

/**
 * Rules of nftables that log to a netlink group just the packets that doors want. They change nothing
 * about a packet. Loading them again replaces them.
 */
export function nflogRules({ interest, group, perSecond }: NflogRules): string {
  const limit = perSecond === undefined ? '' : ` limit rate ${perSecond}/second`;
  const what = [
    portsMatch('tcp', interest.tcp, flagsMatch(interest.tcpFlags)),
    portsMatch('udp', interest.udp, ''),
    interest.icmp ? 'icmp type echo-request' : undefined,
    interest.icmp6 ? 'icmpv6 type echo-request' : undefined,
  ].filter((match) => match !== undefined);
  return [
    `table ${TABLE}`,
    `delete table ${TABLE}`,
    `table ${TABLE} {`,
    '\tchain knocks {',
    `\t\ttype filter hook prerouting priority ${PRIORITY}; policy accept;`,
    ...what.map((match) => `\t\t${match}${limit} log group ${group}`),
    '\t}',
    '}',
    '',
  ].join('\n');
}

function portsMatch(protocol: string, bits: Uint8Array, more: string): string | undefined {
  const ranges = rangesOf(bits);
  return ranges.length === 0 ? undefined : `${protocol} dport { ${ranges.join(', ')} }${more}`;
}

/** `7000, 8000-8003` */
function rangesOf(bits: Uint8Array): string[] {
  const ranges: string[] = [];
  for (let from = 0; from < 65_536;) {
    let to = from;
    while (to < 65_536 && (bits[to >> 3]! & (1 << (to & 7))) !== 0) to++;
    if (to > from) ranges.push(to - from === 1 ? String(from) : `${from}-${to - 1}`);
    from = to + 1;
  }
  return ranges;
}

/** ` tcp flags & (syn | ack) == syn` */
function flagsMatch({ mask, value }: FlagTest): string {
  if (mask === 0) return '';
  const wanted = value === 0 ? '0x0' : namesOf(value);
  return ` tcp flags & (${namesOf(mask)}) == ${wanted}`;
}

function namesOf(flags: number): string {
  const names = Object.entries(TCP_FLAG).flatMap(([name, bit]) =>
    (flags & bit) === 0 ? [] : [name],
  );
  return names.join(' | ');
}
