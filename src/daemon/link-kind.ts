/** What stands before the IP header of an interface's packets, as 0.8 (that is, libpcap) has them. */
export type LinkKind = 'ethernet' | 'cooked' | 'raw' | { readonly unsupported: number };

/** ARPHRD_* of the kernel (linux/if_arp.h) to how libpcap captures there; the numbers are its own. */
const KINDS: ReadonlyMap<number, LinkKind> = new Map<number, LinkKind>([
  [1, 'ethernet'],
  [772, 'ethernet'], // loopback
  [256, 'raw'], // SLIP and its kin
  [257, 'raw'],
  [258, 'raw'],
  [259, 'raw'],
  [768, 'raw'], // IP in IP
  [776, 'raw'], // IPv6 in IPv4
  [778, 'raw'], // GRE
  [65_534, 'raw'], // tun, WireGuard
  [6, { unsupported: 6 }], // Token Ring
  [800, { unsupported: 6 }],
  [774, { unsupported: 10 }], // FDDI
  [801, { unsupported: 105 }], // 802.11 that shows its own headers
  [802, { unsupported: 119 }],
  [803, { unsupported: 127 }],
]);

/** Of `any`, of point-to-point links and of what it does not know, libpcap makes "Linux cooked". One that is missing is taken for Ethernet. */
export function linkKind(hardware: number | undefined): LinkKind {
  return hardware === undefined ? 'ethernet' : (KINDS.get(hardware) ?? 'cooked');
}

/** Bytes that 0.8 counts for the link header of a packet which came to us without one. */
export function missingHeaderBytes(kind: LinkKind): number {
  return kind === 'cooked' ? 16 : 0;
}

/** What 0.8 says about it with `-D`. */
export function linkText(kind: LinkKind): string {
  switch (kind) {
    case 'ethernet':
      return 'ethernet interface detected';
    case 'cooked':
      return 'ppp interface detected (linux "cooked" encapsulation)';
    case 'raw':
      return 'raw interface detected, no encapsulation';
    default:
      return `error: unsupported link-layer type: ${kind.unsupported}`;
  }
}
