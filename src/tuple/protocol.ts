/** IP protocol numbers of the transports that knocks travel on. */
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;

/** A transport of echo requests. */
export type EchoProtocol = 'icmp' | 'icmp6';

/** The `port` column of ICMP packets that are no whole echo request. */
export const NO_ECHO = 0xffff;

/** A transport that has ports. */
export type PortProtocol = 'tcp' | 'udp';

/** The name that doors know a protocol by; undefined: no knock travels on it. */
export function protocolName(number: number): PortProtocol | EchoProtocol | undefined {
  return NAMES.find((name) => PROTOCOL[name] === number);
}

const NAMES = ['tcp', 'udp', 'icmp', 'icmp6'] as const;
