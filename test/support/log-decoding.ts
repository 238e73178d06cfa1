import { allocateBatch } from '../../src/tuple/batch.ts';
import { formatAddress } from '../../src/tuple/address.ts';
import { sourceAt } from '../../src/tuple/batch-address.ts';
import type { LineCounters } from '../../src/source/source.ts';
import { LogDecoder, type LogRules } from '../../src/source/log/log-decoder.ts';
import type { LiveTime } from '../../src/source/log/log-clock.ts';
import { DEFAULT_LOG_RULES } from '../../src/source/log/log-file.ts';
import { EVERYTHING } from './interest.ts';

export interface DecodedLog {
  /** `203.0.113.9 tcp 7000`, one a row. */
  readonly rows: readonly string[];
  /** Packets' times in seconds. */
  readonly times: readonly number[];
  readonly lines: LineCounters;
}

/** What a log decoder makes of these chunks, with every packet wanted. */
export function decodeLog(
  chunks: readonly (string | Uint8Array)[],
  rules: Partial<LogRules> = {},
  live?: LiveTime,
): DecodedLog {
  const batch = allocateBatch(64);
  const decoder = new LogDecoder('log', {
    batch,
    interest: EVERYTHING,
    sourceKey: new Uint8Array(16),
    everyPacket: false,
    rules: { ...DEFAULT_LOG_RULES, ...rules },
    live,
    endMs: Date.UTC(2026, 10, 25),
  });
  const [rows, times]: [string[], number[]] = [[], []];
  const take = (): void => {
    do {
      const length = decoder.drain();
      for (let row = 0; row < length; row++) {
        const protocol = batch.protocol[row] === 6 ? 'tcp' : String(batch.protocol[row]);
        rows.push(`${formatAddress(sourceAt(batch, row))} ${protocol} ${batch.port[row]}`);
        times.push(batch.seconds[row]! + batch.nanoseconds[row]! / 1e9);
      }
    } while (decoder.state === 'ready');
  };
  for (const chunk of chunks) {
    decoder.feed(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    take();
  }
  decoder.end();
  take();
  return { rows, times, lines: decoder.lineCounters() };
}
