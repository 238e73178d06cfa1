import type { LineEnd, LogRecord } from './log-record.ts';
import { IPCHAINS_HEAD, readIpchains } from './ipchains.ts';
import { NetfilterReader } from './netfilter.ts';
import { microseconds, pastSpaces, standsAt } from './scan.ts';

const IN = Buffer.from('IN=');
const [OPEN, CLOSE, SPACE] = [91, 93, 32];

/**
 * Reads messages of the kernel: `[12345.678901] postern: IN=eth0 ...`. A prefix must stand at the very
 * beginning and the packet right behind it, so that no text of anybody's can pass for one.
 */
export class MessageReader {
  /** The last message that was of another prefix, if such texts are kept. */
  text: string | undefined;
  readonly #keepsText: boolean;
  readonly #prefixes: readonly Buffer[];
  readonly #netfilter = new NetfilterReader();

  /** Prefixes as rules say them; spaces at their ends do not count. An empty one: packets without any. */
  constructor(prefixes: readonly string[], keepsText: boolean) {
    this.#keepsText = keepsText;
    this.#prefixes = prefixes.map((prefix) => Buffer.from(prefix.trim()));
  }

  read(bytes: Buffer, from: number, end: number, record: LogRecord): LineEnd {
    const at = pastUptime(bytes, from, end, record);
    const packet = this.packetAt(bytes, at, end);
    if (packet >= 0) return ended(this.#netfilter.read(bytes, packet, end, record));
    if (!standsAt(bytes, at, end, IPCHAINS_HEAD)) {
      this.text = this.#keepsText ? bytes.toString('utf8', at, end) : undefined;
      return 'otherPrefix';
    }
    return ended(readIpchains(bytes, at + IPCHAINS_HEAD.length, end, record));
  }

  /** Where the packet stands behind one of our prefixes; -1: nowhere. */
  packetAt(bytes: Buffer, at: number, end: number): number {
    for (const prefix of this.#prefixes) {
      if (!standsAt(bytes, at, end, prefix)) continue;
      const packet = pastSpaces(bytes, at + prefix.length, end);
      if (standsAt(bytes, packet, end, IN)) return packet;
    }
    return -1;
  }

  /** Whether a prefix that stands alone is one of ours. */
  isOurs(bytes: Buffer, from: number, end: number): boolean {
    const start = pastSpaces(bytes, from, end);
    while (end > start && bytes[end - 1] === SPACE) end--;
    return this.#prefixes.some(
      (prefix) => prefix.length === end - start && standsAt(bytes, start, end, prefix),
    );
  }
}

/** Passes over `[12345.678901] `, where the message begins with it, and keeps it. */
function pastUptime(bytes: Buffer, from: number, end: number, record: LogRecord): number {
  if (bytes[from] !== OPEN || from >= end) return from;
  const start = pastSpaces(bytes, from + 1, end);
  let close = start;
  while (close < end && bytes[close] !== CLOSE) close++;
  if (close + 1 >= end || bytes[close + 1] !== SPACE) return from;
  const us = microseconds(bytes, start, close);
  if (Number.isNaN(us)) return from;
  record.uptimeUs = us;
  return close + 2;
}

function ended(isPacket: boolean): LineEnd {
  return isPacket ? 'matched' : 'garbled';
}
