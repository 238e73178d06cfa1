/** Bits of the TCP flags byte, named as knockd.conf names them. */
export const TCP_FLAG = {
  fin: 1,
  syn: 2,
  rst: 4,
  psh: 8,
  ack: 16,
  urg: 32,
  ece: 64,
  cwr: 128,
} as const;

/** A test on the flags byte: passes if `(flags & mask) === value`. Mask 0 lets everything pass. */
export interface FlagTest {
  readonly mask: number;
  readonly value: number;
}
