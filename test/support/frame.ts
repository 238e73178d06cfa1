/**
 * Frames, built field by field: `frame({ tcp: { to: 7000, syn: true } })`. What is not said is as an
 * honest sender would have it; what is said is taken literally, lies included.
 */
export interface FrameOptions {
  /** Default Ethernet. */
  readonly link?: 'ethernet' | 'sll' | 'sll2' | 'raw' | 'null' | 'loop' | 'ppp';
  /** Tags, outermost first; default none. */
  readonly vlans?: readonly (number | { readonly id: number; readonly type?: number })[];
  /** Bytes between the tags and the IP header, and the ethertype that announces them. */
  readonly shim?: { readonly type: number; readonly bytes: Uint8Array };
  readonly ethertype?: number;
  /** Packet type of cooked links; 4 is outgoing. */
  readonly packetType?: number;
  readonly from?: string;
  readonly to?: string;
  readonly ip?: IpFields;
  readonly tcp?: TcpFields;
  readonly udp?: UdpFields;
  readonly icmp?: { readonly type?: number; readonly code?: number };
  /** A transport given as bytes, with its protocol number. */
  readonly other?: { readonly protocol: number; readonly bytes: Uint8Array };
  readonly payload?: Uint8Array | string;
  /** Bytes behind the packet: Ethernet padding, a trailer. */
  readonly trailer?: Uint8Array;
}

export interface IpFields {
  readonly version?: number;
  /** In 32-bit words; default what the options need. */
  readonly headerWords?: number;
  readonly options?: Uint8Array;
  readonly totalLength?: number;
  readonly payloadLength?: number;
  readonly protocol?: number;
  readonly ttl?: number;
  readonly checksum?: number;
  /** In 8-byte units. */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  /** IPv6 extension headers, outermost first; see `extension`. */
  readonly extensions?: readonly Extension[];
}

export interface Extension {
  readonly protocol: number;
  /** Without its first byte, the number of what follows. */
  readonly bytes: Uint8Array;
}

export interface TcpFields {
  readonly from?: number;
  readonly to?: number;
  readonly syn?: boolean;
  readonly ack?: boolean;
  readonly flags?: number;
  /** In 32-bit words. */
  readonly dataOffset?: number;
  readonly options?: Uint8Array;
}

export interface UdpFields {
  readonly from?: number;
  readonly to?: number;
  readonly length?: number;
}

export function frame(options: FrameOptions = {}): Uint8Array {
  const packet = concat(ipPacket(options), options.trailer ?? NOTHING);
  return concat(linkHeader(options), packet);
}

/** The bytes from the IP header on. */
export function ipPacket(options: FrameOptions): Uint8Array {
  const { protocol, bytes } = transport(options);
  const isSix = (options.from ?? options.to ?? '').includes(':');
  return isSix ? ipv6(options, protocol, bytes) : ipv4(options, protocol, bytes);
}

/** An extension header of so many 8-byte units (AH: 4-byte words as its length field counts). */
export function extension(kind: keyof typeof EXTENSION, units = 0): Extension {
  const protocol = EXTENSION[kind];
  const bytes = new Uint8Array(kind === 'authentication' ? (units + 2) * 4 - 1 : units * 8 + 7);
  bytes[0] = units;
  return { protocol, bytes };
}

/** A fragment header; `offset` in 8-byte units. */
export function fragmentHeader(offset: number, hasMore: boolean): Extension {
  const field = (offset << 3) | (hasMore ? 1 : 0);
  return { protocol: 44, bytes: Uint8Array.of(0, field >> 8, field & 255, 0, 0, 0, 7) };
}

/** An MPLS stack of these labels, the last at the bottom. */
export function mplsLabels(labels: readonly number[]): Uint8Array {
  return concat(
    ...labels.map((label, at) =>
      be32(((label << 12) | (at === labels.length - 1 ? 0x1ff : 0xff)) >>> 0),
    ),
  );
}

/** A PPPoE session header with its PPP protocol. */
export function pppoeHeader(protocol: number, length = 0): Uint8Array {
  return concat(be16(0x1100), be16(1), be16(length + 2), be16(protocol));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function be16(value: number): Uint8Array {
  return Uint8Array.of((value >> 8) & 255, value & 255);
}

export function be32(value: number): Uint8Array {
  return concat(be16(value >>> 16), be16(value));
}

/** Link types as capture files number them, of the links that `frame` builds. */
export const LINK_TYPE = {
  ethernet: 1,
  sll: 113,
  sll2: 276,
  raw: 101,
  null: 0,
  loop: 108,
  ppp: 9,
} as const;

const NOTHING = new Uint8Array();
const EXTENSION = { hopByHop: 0, routing: 43, authentication: 51, destination: 60 } as const;

function linkHeader(options: FrameOptions): Uint8Array {
  const isSix = (options.from ?? options.to ?? '').includes(':');
  const ip = options.ethertype ?? (isSix ? 0x86dd : 0x0800);
  const inner = options.shim?.type ?? ip;
  const vlans = (options.vlans ?? []).map((tag) => (typeof tag === 'number' ? { id: tag } : tag));
  const types = [...vlans.map((tag) => tag.type ?? 0x8100), inner];
  const tags = vlans.map((tag, at) => concat(be16(tag.id), be16(types[at + 1]!)));
  const behind = concat(...tags, options.shim?.bytes ?? NOTHING);
  const sender = options.packetType ?? 0;
  const family = isSix ? 10 : 2;
  switch (options.link ?? 'ethernet') {
    case 'ethernet':
      return concat(TARGET_MAC, SOURCE_MAC, be16(types[0]!), behind);
    case 'sll':
      return concat(be16(sender), be16(1), be16(6), SOURCE_MAC, be16(0), be16(types[0]!), behind);
    case 'sll2':
      return concat(
        be16(types[0]!),
        be16(0),
        be32(2),
        be16(1),
        Uint8Array.of(sender, 6),
        SOURCE_MAC,
        be16(0),
        behind,
      );
    case 'raw':
      return NOTHING;
    case 'null':
      return Uint8Array.of(family, 0, 0, 0);
    case 'loop':
      return be32(family);
    case 'ppp':
      return concat(be16(0xff03), be16(isSix ? 0x57 : 0x21));
  }
}

const SOURCE_MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);
const TARGET_MAC = Uint8Array.of(2, 0, 0, 0, 0, 2);

function transport(options: FrameOptions): { protocol: number; bytes: Uint8Array } {
  const payload =
    typeof options.payload === 'string'
      ? new TextEncoder().encode(options.payload)
      : (options.payload ?? NOTHING);
  const { tcp, udp, icmp, other } = options;
  const isSix = (options.from ?? options.to ?? '').includes(':');
  if (other !== undefined) return { protocol: other.protocol, bytes: concat(other.bytes, payload) };
  if (udp !== undefined)
    return { protocol: 17, bytes: concat(udpHeader(udp, payload.length), payload) };
  if (icmp !== undefined) {
    const bytes = concat(
      Uint8Array.of(icmp.type ?? (isSix ? 128 : 8), icmp.code ?? 0),
      new Uint8Array(6),
      payload,
    );
    return { protocol: isSix ? 58 : 1, bytes };
  }
  return { protocol: 6, bytes: concat(tcpHeader(tcp ?? {}), payload) };
}

function tcpHeader(tcp: TcpFields): Uint8Array {
  const extra = tcp.options ?? NOTHING;
  const offset = tcp.dataOffset ?? 5 + extra.length / 4;
  const flags = tcp.flags ?? (tcp.syn === true ? 2 : 0) | (tcp.ack === true ? 16 : 0);
  return concat(
    be16(tcp.from ?? 40000),
    be16(tcp.to ?? 7000),
    be32(1),
    be32(0),
    be16((offset << 12) | flags),
    be16(64240),
    be16(0),
    be16(0),
    extra,
  );
}

function udpHeader(udp: UdpFields, payloadBytes: number): Uint8Array {
  return concat(
    be16(udp.from ?? 40000),
    be16(udp.to ?? 7000),
    be16(udp.length ?? 8 + payloadBytes),
    be16(0),
  );
}

function ipv4(options: FrameOptions, protocol: number, body: Uint8Array): Uint8Array {
  const ip = options.ip ?? {};
  const extra = ip.options ?? NOTHING;
  const words = ip.headerWords ?? 5 + extra.length / 4;
  const fragment = ((ip.moreFragments === true ? 1 : 0) << 13) | (ip.fragmentOffset ?? 0);
  const extensions = ip.extensions ?? [];
  const first = extensions[0]?.protocol ?? ip.protocol ?? protocol;
  const inner = concat(...chain(extensions, ip.protocol ?? protocol), body);
  const header = concat(
    Uint8Array.of(((ip.version ?? 4) << 4) | words, 0),
    be16(ip.totalLength ?? 20 + extra.length + inner.length),
    be16(1),
    be16(fragment),
    Uint8Array.of(ip.ttl ?? 64, first),
    be16(0),
    addressBytes(options.from ?? '203.0.113.9'),
    addressBytes(options.to ?? '192.0.2.1'),
    extra,
  );
  header.set(be16(ip.checksum ?? checksum(header.subarray(0, Math.max(20, words * 4)))), 10);
  return concat(header, inner);
}

function ipv6(options: FrameOptions, protocol: number, body: Uint8Array): Uint8Array {
  const ip = options.ip ?? {};
  const extensions = ip.extensions ?? [];
  const inner = concat(...chain(extensions, ip.protocol ?? protocol), body);
  return concat(
    Uint8Array.of((ip.version ?? 6) << 4, 0, 0, 0),
    be16(ip.payloadLength ?? inner.length),
    Uint8Array.of(extensions[0]?.protocol ?? ip.protocol ?? protocol, ip.ttl ?? 64),
    addressBytes(options.from ?? '2001:db8::9'),
    addressBytes(options.to ?? '2001:db8::1'),
    inner,
  );
}

/** Extension headers, each with the number of the next; the last names the transport. */
function chain(extensions: readonly Extension[], protocol: number): Uint8Array[] {
  return extensions.map(({ bytes }, at) =>
    concat(Uint8Array.of(extensions[at + 1]?.protocol ?? protocol), bytes),
  );
}

function addressBytes(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number);
  const [head = [], tail = []] = text.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = new Array<string>(8 - head.length - tail.length).fill('0');
  const groups = text.includes('::') ? [...head, ...zeros, ...tail] : head;
  return concat(...groups.map((group) => be16(Number.parseInt(group, 16))));
}

function checksum(header: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += (header[at]! << 8) | (header[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
