import type { Door } from '../../../door/door.ts';
import type { MemoryTuple } from '../../../source/memory.ts';
import { parseAddress, type Address } from '../../../tuple/address.ts';
import { TCP_FLAG } from '../../../tuple/flags.ts';
import { setFiles } from '../stand-in/fs.ts';
import { DOOR_FILE, type Files } from './knock-form.ts';
import { whyRefused } from './refusals.ts';
import { replay, type Told } from './replay.ts';
import { readKnock } from './read-knock.ts';
import type { SeenPort } from './read-ports.ts';
import type { Stage } from './saying.ts';

/** A door, its files, and what was seen of a knock at it. */
export interface Sighting {
  readonly door: Door;
  readonly files: Files;
  readonly ports: readonly SeenPort[];
  readonly source: Address;
  /** When the first packet came. */
  readonly timeMs: number;
}

export interface Decoded {
  /** What the message says, if it could be read. */
  readonly stages: readonly Stage[];
  /** What the matcher decided. */
  readonly told: readonly Told[];
  /** Why nothing came of it, or what a refusal means. */
  readonly reasons: readonly string[];
}

/** Reads a knock by its ports: what it says, and what the door makes of it. */
export async function decode(sighting: Sighting): Promise<Decoded> {
  const { run } = await replay(sighting.files, DOOR_FILE, packetsOf(sighting));
  const told = run?.told ?? [];
  setFiles(sighting.files);
  const { stages, lacks } = readKnock(sighting);
  const refusals = told.flatMap(({ event, what }) => (event === 'refuse' ? whyRefused(what) : []));
  const isDecided = told.some(
    ({ event }) => event === 'open' || event === 'refuse' || event === 'match',
  );
  return { stages, told, reasons: [...refusals, ...(isDecided ? [] : lacks)] };
}

/** Packets to these ports, a millisecond apart; a port without a protocol goes by the door's carrier. */
export function packetsOf({ door, ports, source, timeMs }: Sighting): MemoryTuple[] {
  const target = parseAddress(source.family === 4 ? '192.0.2.1' : '2001:db8::1')!;
  return ports.map(({ port, protocol = door.encoded?.carrier ?? 'tcp' }, nth) => {
    const ms = timeMs + nth;
    return {
      source,
      target,
      protocol: protocol === 'icmp' && source.family === 6 ? 'icmp6' : protocol,
      port,
      flags: protocol === 'tcp' ? TCP_FLAG.syn : 0,
      seconds: Math.floor(ms / 1000),
      nanoseconds: (ms % 1000) * 1e6,
    };
  });
}
