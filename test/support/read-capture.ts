import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dumpRow, type DumpRow } from '../../src/report/dump.ts';
import type { CaptureError } from '../../src/source/capture-error.ts';
import { openCapture, type CaptureOptions } from '../../src/source/pcap.ts';
import type { SourceCounters, TupleSource } from '../../src/source/source.ts';
import type { TupleBatch } from '../../src/tuple/batch.ts';
import { COUNTERS, TUPLE_COLUMNS, type CounterName } from '../../src/tuple/columns.ts';

/** A row as an object: each column by its name, the verdict by its counter's. */
export type Row = Readonly<Record<string, number>> & {
  readonly dump: DumpRow;
  readonly ended: CounterName;
};

export interface Reading {
  readonly rows: readonly Row[];
  readonly error: CaptureError | undefined;
  readonly counters: SourceCounters;
  readonly interfaces: readonly string[];
}

/** Reads a capture to its end, with a row for every packet unless said otherwise. */
export async function readCapture(
  input: string | Uint8Array,
  options: CaptureOptions = {},
): Promise<Reading> {
  if (typeof input === 'string') return readFile(input, options);
  const folder = mkdtempSync(join(tmpdir(), 'postern-'));
  try {
    writeFileSync(join(folder, 'capture'), input);
    return await readFile(join(folder, 'capture'), options);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function readFile(path: string, options: CaptureOptions): Promise<Reading> {
  await using source = await openCapture(path, { everyPacket: true, ...options });
  const rows: Row[] = [];
  const error = await collect(source, rows);
  return { rows, error, counters: source.counters(), interfaces: source.interfaces };
}

/** Appends all rows of a source; returns what ended it, if that was an error. */
export async function collect(source: TupleSource, rows: Row[]): Promise<CaptureError | undefined> {
  try {
    for await (const batch of source) {
      for (let row = 0; row < batch.length; row++) rows.push(rowOf(batch, row, rows.length + 1));
    }
    return undefined;
  } catch (error) {
    return error as CaptureError;
  }
}

function rowOf(batch: TupleBatch, row: number, n: number): Row {
  const columns = Object.fromEntries(TUPLE_COLUMNS.map(([name]) => [name, batch[name][row]!]));
  return {
    ...columns,
    dump: dumpRow(batch, row, n),
    ended: COUNTERS[batch.verdict[row]!]!,
  } as unknown as Row;
}
