import { openRing, type RingOptions } from '../../src/source/ring.ts';
import type { TupleSource } from '../../src/source/source.ts';

interface Reading {
  readonly packets: number;
  readonly wanted: number;
  readonly bytes: number;
  readonly dropped: number;
}

let source: TupleSource | undefined;
let taken = 0;
/** Rows that are older than the one before. */
let disordered = 0;
let reader: NodeJS.Timeout | undefined;
const readings: Reading[] = [];

/** Opens a ring that wants SYNs to these ports, and reads its counters as often as that. */
async function open(
  device: string,
  ports: readonly number[],
  everyMs: number,
  size: Pick<RingOptions, 'slots' | 'slotBytes'> = {},
): Promise<void> {
  const tcp = new Uint8Array(8192);
  for (const port of ports) tcp[port >> 3]! |= 1 << (port & 7);
  const none = new Uint8Array(8192);
  const tcpFlags = { mask: 0x12, value: 0x02 };
  const interest = { tcp, udp: none, icmp: false, icmp6: false, tcpFlags };
  source = await openRing({ interfaces: [device], interest, ...size });
  void take(source);
  reader = setInterval(() => readings.push(read()), everyMs);
}

async function take(from: TupleSource): Promise<void> {
  let latest = -Infinity;
  for await (const { length, seconds, nanoseconds } of from) {
    taken += length;
    for (let row = 0; row < length; row++) {
      const at = seconds[row]! + nanoseconds[row]! / 1e9;
      if (at < latest) disordered++;
      latest = at;
    }
  }
}

function read(): Reading {
  const { packets, bytes, dropped, ended } = source!.counters();
  return { packets, wanted: ended.wanted, bytes, dropped };
}

/** All readings, the last one of now; and how many tuples came. */
async function close(): Promise<{
  readings: readonly Reading[];
  taken: number;
  disordered: number;
}> {
  clearInterval(reader);
  readings.push(read());
  await source!.close();
  return { readings, taken, disordered };
}

export const calls = { open, close, taken: (): number => taken };
