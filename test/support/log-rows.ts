import { dumpText } from '../../src/report/dump.ts';
import type { CaptureSource } from '../../src/source/decoded-source.ts';
import { linesText } from '../../src/cli/lines-text.ts';

/** What a log came to, readable as a table: its packets, then what became of its lines. */
export async function logRows(log: CaptureSource): Promise<string[]> {
  const rows: string[] = [];
  for await (const batch of log) {
    for (let row = 0; row < batch.length; row++) rows.push(dumpText(batch, row, rows.length + 1));
  }
  const { lines, ended } = log.counters();
  const ends = Object.entries(ended).flatMap(([name, n]) => (n > 0 ? [`${n} ${name}`] : []));
  return [...rows, ends.join(', '), linesText(lines!).replaceAll(' ', ' ')];
}
