import { expect } from 'vitest';
import type { Interest } from '../../src/matcher/interest.ts';
import type { CounterName } from '../../src/tuple/columns.ts';
import { pcap } from './capture.ts';
import { interestIn, SYN } from './interest.ts';
import { readCapture, type Row } from './read-capture.ts';

/** What tests knock at: TCP and UDP port 7000, with SYN and without ACK. */
export const KNOCK: Interest = interestIn({ tcp: [7000], udp: [7000], tcpFlags: SYN });

export interface ReadOptions {
  readonly linkType?: number;
  readonly interest?: Interest;
}

/** One row a frame, as the addon and the TypeScript reader both say; frames of one link type. */
export async function rowsOf(
  frames: readonly Uint8Array[],
  { linkType = 1, interest = KNOCK }: ReadOptions = {},
): Promise<readonly Row[]> {
  const file = pcap(
    frames.map((bytes) => ({ bytes })),
    { linkType },
  );
  const native = await readCapture(file, { interest, decoder: 'native' });
  const typescript = await readCapture(file, { interest, decoder: 'typescript' });
  expect(native.error).toBeUndefined();
  expect(typescript.rows).toEqual(native.rows);
  expect(native.rows).toHaveLength(frames.length);
  return native.rows;
}

/** A table of named frames and the counters they must end in. */
export async function expectEndings(
  table: readonly (readonly [name: string, bytes: Uint8Array, ended: CounterName])[],
  options: ReadOptions = {},
): Promise<void> {
  const rows = await rowsOf(
    table.map(([, bytes]) => bytes),
    options,
  );
  const found = table.map(([name], at) => `${name}: ${rows[at]!.ended}`);
  expect(found).toEqual(table.map(([name, , ended]) => `${name}: ${ended}`));
}
