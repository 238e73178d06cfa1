import type { Interest } from '../../src/matcher/interest.ts';
import type { FlagTest } from '../../src/tuple/flags.ts';

/** An interest in these ports; TCP flags are not judged unless said. */
export function interestIn(
  wanted: {
    readonly tcp?: readonly number[];
    readonly udp?: readonly number[];
    readonly icmp?: boolean;
    readonly icmp6?: boolean;
    readonly tcpFlags?: FlagTest;
  } = {},
): Interest {
  return {
    tcp: bitmap(wanted.tcp ?? []),
    udp: bitmap(wanted.udp ?? []),
    icmp: wanted.icmp ?? false,
    icmp6: wanted.icmp6 ?? false,
    tcpFlags: wanted.tcpFlags ?? { mask: 0, value: 0 },
  };
}

/** SYN without ACK, as doors ask for by default. */
export const SYN: FlagTest = { mask: 18, value: 2 };

function bitmap(ports: readonly number[]): Uint8Array {
  const bits = new Uint8Array(8192);
  for (const port of ports) bits[port >> 3]! |= 1 << (port & 7);
  return bits;
}

/** All that knocks can be made of. */
export const EVERYTHING: Interest = {
  tcp: new Uint8Array(8192).fill(255),
  udp: new Uint8Array(8192).fill(255),
  icmp: true,
  icmp6: true,
  tcpFlags: { mask: 0, value: 0 },
};
