import type { Door } from '../../door/door.ts';
import type { Place } from '../../matcher/place.ts';
import type { MatcherOptions } from '../../matcher/matcher.ts';
import type { Scan } from '../../matcher/scan-watch.ts';
import type { Instant } from '../../report/event.ts';
import type { Sharing } from '../../tuple/worker-of.ts';
import type { CompileRules } from '../matching.ts';
import type { PlainBlocked, PlainDecision, PlainError } from './messages.ts';

/** What a worker that replays a share of a capture is started with. */
export interface CaptureTask {
  readonly index: number;
  readonly sharing: Sharing;
  readonly file: string;
  readonly doors: readonly Door[];
  readonly rules: CompileRules;
  readonly matcher: Omit<MatcherOptions, 'memory'>;
  readonly blocked: PlainBlocked;
  /** See board.ts; the first one's counts. */
  readonly board: SharedArrayBuffer;
}

/** All workers cut the file into the same batches, and number them alike. */
export interface Progress {
  readonly kind: 'progress';
  /** Batches that are done. */
  readonly through: number;
  /** The time of the last packet among them. */
  readonly last: Instant | undefined;
  /** What came of those of which something came, rising. */
  readonly work: readonly BatchWork[];
}

/** The file is at its end, or can't be read further. */
export interface Ended {
  readonly kind: 'ended';
  readonly error: PlainError | undefined;
}

export interface BatchWork {
  readonly batch: number;
  /** The time of the last packet of the batch before. */
  readonly before: Instant | undefined;
  readonly last: Instant;
  readonly decisions: readonly PlainDecision[];
  readonly places: readonly Place[];
  readonly scans: readonly Scan[];
  /** The packet of each scan. */
  readonly scanPackets: readonly number[];
}

/** All batches up to there have been carried out. */
export interface CarriedOut {
  readonly through: number;
}
