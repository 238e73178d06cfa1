import type { FlagTest } from '../tuple/flags.ts';

/**
 * What any door wants, as bits. The kernel filter, the parser's port bitmap and the matcher's dispatch
 * table all come from this one value.
 */
export interface Interest {
  /** 65,536 bits: port p is wanted if `tcp[p >> 3] & (1 << (p & 7))`. */
  readonly tcp: Uint8Array;
  readonly udp: Uint8Array;
  /** Echo requests of ICMP, of any size. */
  readonly icmp: boolean;
  /** Echo requests of ICMPv6. */
  readonly icmp6: boolean;
  /** A test that every TCP packet which any door could want passes; mask 0 where doors differ. */
  readonly tcpFlags: FlagTest;
}
