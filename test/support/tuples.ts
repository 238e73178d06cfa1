import type { Decision } from '../../src/matcher/decision.ts';
import { formatAddress, parseAddress, type Address } from '../../src/tuple/address.ts';
import { allocateBatch, TRAIT, type TupleBatch } from '../../src/tuple/batch.ts';
import { PROTOCOL } from '../../src/tuple/protocol.ts';

/** One packet as tests write it: `{ tcp: 7000, at: 1.5 }` is a SYN from 203.0.113.9 to 192.0.2.1. */
export interface Packet {
  readonly tcp?: number;
  readonly udp?: number;
  /** An echo request over IPv4, with so many bytes. */
  readonly icmp?: number;
  readonly icmp6?: number;
  /** Seconds; with `nanoseconds` for what a number can't hold. */
  readonly at?: number;
  readonly nanoseconds?: number;
  readonly from?: string;
  readonly to?: string;
  readonly flags?: number;
  readonly vlan?: number;
  readonly verdict?: number;
}

/** A batch filled with these packets in their order. Without `at`, each is a millisecond after the one before. */
export function batchOf(packets: readonly Packet[]): TupleBatch {
  const batch = allocateBatch(Math.max(1, packets.length));
  let previous = 1000;
  for (const packet of packets) {
    previous = packet.at ?? previous + 0.001;
    fill(batch, batch.length++, packet, previous);
  }
  return batch;
}

/** Decisions as a readable log: `203.0.113.9 ssh stage 2`. */
export function readable(decisions: readonly Decision[]): string[] {
  return decisions.map((decision) => {
    const who = `${formatAddress(decision.source)} ${decision.door.name}`;
    switch (decision.kind) {
      case 'open':
        return `${who} open`;
      case 'stage':
      case 'timeout':
        return `${who} ${decision.kind} ${decision.stage}`;
      case 'refuse':
        return `${who} refuse ${decision.stage}: ${decision.reason}`;
    }
  });
}

/** Stands in for the addon's keyed hash: any spreading function of the address will do. */
export function keyOf({ family, words }: Address): [number, number] {
  let [low, high] = [0x811c_9dc5, 0x9e37_79b1];
  for (const word of [...words, family]) {
    low = Math.imul(low ^ word, 0x0100_0193);
    low ^= low >>> 15;
    high = Math.imul(high ^ word ^ low, 0x85eb_ca6b);
    high ^= high >>> 13;
  }
  return [low >>> 0, high >>> 0];
}

function fill(batch: TupleBatch, row: number, packet: Packet, at: number): void {
  const source = parseAddress(packet.from ?? '203.0.113.9')!;
  const target = parseAddress(packet.to ?? (source.family === 4 ? '192.0.2.1' : '2001:db8::1'))!;
  const [protocol, port] = transportOf(packet);
  batch.seconds[row] = Math.floor(at);
  batch.nanoseconds[row] = packet.nanoseconds ?? Math.round((at - Math.floor(at)) * 1e9);
  for (const word of [0, 1, 2, 3] as const) {
    batch[`source${word}`][row] = source.words[word];
    batch[`target${word}`][row] = target.words[word];
  }
  [batch.key0[row], batch.key1[row]] = keyOf(source);
  batch.protocol[row] = PROTOCOL[protocol];
  batch.port[row] = port;
  batch.flags[row] = protocol === 'tcp' ? (packet.flags ?? 2) : 0;
  batch.vlan[row] = packet.vlan ?? 0;
  batch.traits[row] = TRAIT.complete | (source.family === 6 ? TRAIT.ipv6 : TRAIT.ipv4);
  batch.verdict[row] = packet.verdict ?? 0;
}

/** A packet's transport, and its port or size. */
export function transportOf(packet: Packet): [keyof typeof PROTOCOL, number] {
  for (const protocol of ['udp', 'icmp', 'icmp6'] as const) {
    const port = packet[protocol];
    if (port !== undefined) return [protocol, port];
  }
  return ['tcp', packet.tcp ?? 0];
}
