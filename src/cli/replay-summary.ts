import { rejectedOf } from '../source/rejected.ts';
import type { SourceCounters } from '../source/source.ts';
import type { Event } from '../report/event.ts';
import { countText, durationText } from '../report/words.ts';
import { linesText } from './lines-text.ts';
import { table } from './terminal.ts';

/** What a replay came to: counted while it runs, told at its end. */
export class ReplaySummary {
  readonly #input: string;
  readonly #startedMs = performance.now();
  #opened = 0;
  #refused = 0;
  #timeouts = 0;

  constructor(input: string) {
    this.#input = input;
  }

  count(event: Event): void {
    if (event.event === 'open') this.#opened++;
    else if (event.event === 'refuse') this.#refused++;
    else if (event.event === 'timeout') this.#timeouts++;
  }

  /** The last line of `--json`: packets = tuples + the sum of `rejected`; wanted are those tuples that a door asked for. */
  json(counters: SourceCounters): Record<string, unknown> {
    const { packets, bytes, ended } = counters;
    const { wanted, unwanted } = ended;
    const elapsedSeconds = this.#elapsedSeconds();
    return {
      event: 'summary',
      input: this.#input,
      packets,
      tuples: wanted + unwanted,
      wanted,
      opened: this.#opened,
      rejected: rejectedOf(counters),
      ...(counters.lines === undefined ? {} : { lines: counters.lines }),
      bytes,
      elapsedSeconds,
      packetsPerSecond: Math.round(packets / elapsedSeconds),
    };
  }

  /** The input, and where its packets ended. */
  head({ packets, bytes, ended, lines }: SourceCounters): string[] {
    const { wanted, unwanted, ...rejected } = ended;
    const seconds = this.#elapsedSeconds();
    const rate = countText(Math.round(packets / seconds));
    const rows: [string, number][] = [
      ['wanted by doors', wanted],
      ['of no interest to any', unwanted],
      ...Object.entries(rejected).filter(([, count]) => count > 0),
    ];
    return [
      `${this.#input}   ${countText(packets)} packets, ${countText(bytes)} bytes, read in ${durationText(seconds)} (${rate} packets/s)`,
      ...(lines === undefined ? [] : [`  of ${linesText(lines)}`]),
      ...table(rows.map(([what, count]) => [`  ${what}`, countText(count)])),
    ];
  }

  tail(): string {
    return `${countText(this.#opened)} opened, ${countText(this.#refused)} refused, ${countText(this.#timeouts)} too slow`;
  }

  #elapsedSeconds(): number {
    return Math.max(1e-6, (performance.now() - this.#startedMs) / 1000);
  }
}
