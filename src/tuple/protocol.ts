/** IP protocol numbers of the transports that knocks travel on. */
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;

/** A transport that has ports. */
export type PortProtocol = 'tcp' | 'udp';
