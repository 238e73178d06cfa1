import type { Event } from '../report/event.ts';
import { jsonLine } from '../report/json.ts';
import { readableRow } from '../report/readable.ts';
import { countText } from '../report/words.ts';
import type { SourceCounters } from '../source/source.ts';
import { LineWriter } from './line-writer.ts';
import type { ReplaySummary } from './replay-summary.ts';
import { table } from './terminal.ts';

/** How a replay's events and its summary leave the program. */
export interface ReplayOutput {
  event(event: Event): void;
  /** Undefined, or until there is room for more events. */
  room(): Promise<unknown> | undefined;
  end(summary: ReplaySummary, counters: SourceCounters): void;
}

/** One object a line, as they come. */
export function jsonOutput(): ReplayOutput {
  const writer = new LineWriter();
  return {
    event: (event) => {
      const line = jsonLine(event);
      if (line !== undefined) writer.line(line);
    },
    room: () => writer.room(),
    end: (summary, counters) => {
      writer.line(JSON.stringify(summary.json(counters)));
      writer.flush();
    },
  };
}

/** Rows of one kind that are shown: a flood's timeouts hide no opening, and fill no memory. */
const MOST_ROWS = 10_000;

type Row = NonNullable<ReturnType<typeof readableRow>>;

/** A table for people, under what the input was. */
export function readableOutput(): ReplayOutput {
  const writer = new LineWriter();
  let rows: Row[] = [];
  let counts = new Map<Event['event'], number>();
  return {
    event: (event) => {
      const row = readableRow(event);
      if (row === undefined) return;
      const count = (counts.get(event.event) ?? 0) + 1;
      counts.set(event.event, count);
      if (count <= MOST_ROWS) rows.push(row);
    },
    room: () => undefined,
    end: (summary, counters) => {
      for (const line of summary.head(counters)) writer.line(line);
      writer.line('');
      if (rows.length > 0) {
        for (const line of table([['When (UTC)', 'Source', 'Door', 'What'], ...rows]))
          writer.line(line);
        for (const [kind, count] of counts) {
          if (count > MOST_ROWS)
            writer.line(
              `the first ${countText(MOST_ROWS)} of ${countText(count)} (${kind}); --json shows all`,
            );
        }
        writer.line('');
      }
      writer.line(summary.tail());
      writer.flush();
      rows = [];
      counts = new Map();
    },
  };
}
