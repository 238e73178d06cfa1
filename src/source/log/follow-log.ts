import { randomBytes } from 'node:crypto';
import { allocateBatch } from '../../tuple/batch.ts';
import type { Address } from '../../tuple/address.ts';
import { DecodedSource } from '../decoded-source.ts';
import { NO_INTEREST } from '../pcap.ts';
import type { TupleSource } from '../source.ts';
import { SteadyClock } from '../steady-clock.ts';
import type { LiveTime } from './log-clock.ts';
import { withPatterns } from './log-input.ts';
import { LogDecoder } from './log-decoder.ts';
import { FollowedFile } from './followed-file.ts';
import { DEFAULT_LOG_RULES, type LogOptions } from './log-file.ts';

export interface FollowLogOptions extends Omit<LogOptions, 'lastWritten'> {
  /** Told, in a line for people, when the log can't be read any more, or can be again. */
  readonly tell?: (line: string) => void;
  /** The clock that packets' times go by. Default: one that begins now. */
  readonly clock?: LiveTime;
  /** Whom packets are for whose messages don't say it: the first address of their family. Default: nobody. */
  readonly targets?: () => readonly Address[];
}

/**
 * Follows a firewall's log from its end on, through rotation and truncation; one that is missing is
 * waited for. Rejects with a `CaptureError` if it can't be read: `CAPTURE_NO_PERMISSION` or
 * `CAPTURE_NOT_READABLE`.
 */
export async function followLog(
  path: string,
  options: FollowLogOptions = {},
): Promise<TupleSource> {
  const batch = allocateBatch(options.capacity ?? 4096);
  const live = options.clock ?? new SteadyClock();
  const name = `log:${path}`;
  const decoder = new LogDecoder(name, {
    batch,
    interest: options.interest ?? NO_INTEREST,
    sourceKey: options.sourceKey ?? randomBytes(16),
    everyPacket: false,
    rules: options.rules ?? DEFAULT_LOG_RULES,
    live,
    endMs: 0,
    ...(options.targets === undefined ? {} : { targets: options.targets }),
  });
  const file = await FollowedFile.open(path, {
    onFile: () => decoder.beginFile(),
    tell: options.tell ?? (() => {}),
  });
  const input = {
    kind: 'stream' as const,
    chunks: file,
    peek: () => Promise.resolve(new Uint8Array()),
    destroy: () => file.close(),
  };
  const stream = withPatterns(input, decoder, options.rules?.patterns ?? []);
  return new DecodedSource(name, stream, decoder, batch, options.signal);
}
