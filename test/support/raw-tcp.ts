import { join } from 'node:path';
import { ipPacket, type FrameOptions } from './frame.ts';
import { SERVER_MAC, type Namespace } from './netns.ts';

export interface RawReport {
  readonly sent: number;
  /** SYN-ACKs by the port that the SYN came from. */
  readonly synAcks: Readonly<Record<string, number>>;
}

export interface RawJob {
  readonly packets: readonly Uint8Array[];
  /** In a circle, so many a second; 0: each once. */
  readonly perSecond?: number;
  readonly seconds: number;
}

/** Sends packets from the client's interface to the server, past the client's own stack. */
export async function sendRaw(
  client: Namespace,
  { packets, perSecond = 0, seconds }: RawJob,
): Promise<RawReport> {
  const child = client.spawn(['python3', join(import.meta.dirname, 'send_packets.py')]);
  const hex = packets.map((packet) => Buffer.from(packet).toString('hex'));
  const job = { interface: 'cli0', mac: SERVER_MAC, packets: hex, perSecond, seconds };
  child.stdin!.end(JSON.stringify(job));
  let output = '';
  for await (const text of child.stdout!) output += String(text);
  return JSON.parse(output) as RawReport;
}

/** A TCP packet without payload whose checksum is right, as the kernel asks. */
export function tcpPacket(options: FrameOptions): Uint8Array {
  const packet = ipPacket(options);
  const isSix = packet[0]! >> 4 === 6;
  const addresses = isSix ? packet.subarray(8, 40) : packet.subarray(12, 20);
  const segment = packet.subarray(packet.length - TCP_HEADER);
  segment.fill(0, 16, 18);
  const pseudo = [...addresses, 0, 6, 0, TCP_HEADER, ...segment];
  let sum = 0;
  for (let at = 0; at < pseudo.length; at += 2) sum += (pseudo[at]! << 8) | pseudo[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  segment[16] = ~sum >> 8;
  segment[17] = ~sum;
  return packet;
}

const TCP_HEADER = 20;
