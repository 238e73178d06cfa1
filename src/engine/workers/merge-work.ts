import { comparePlaces } from '../../matcher/place.ts';
import type { Scan } from '../../matcher/scan-watch.ts';
import type { Instant } from '../../report/event.ts';
import type { BatchWork, Progress } from './capture-messages.ts';
import type { PlainDecision } from './messages.ts';

/** As many scans as one matcher tells of in a batch. */
const MOST_SCANS = 64;

/** What came of one batch, as one matcher alone would have told it. */
export interface MergedBatch {
  readonly before: Instant | undefined;
  readonly last: Instant;
  readonly decisions: readonly PlainDecision[];
  readonly scans: readonly Scan[];
}

/** Puts together what several workers make of their shares of the same batches. */
export class WorkMerger {
  /** Batches that all workers are done with. */
  through = 0;
  readonly #through: number[];
  readonly #work = new Map<number, BatchWork[]>();

  constructor(workers: number) {
    this.#through = Array.from({ length: workers }, () => 0);
  }

  /** The batches that are whole with this, in their order. */
  add(worker: number, { through, work }: Progress): readonly MergedBatch[] {
    for (const each of work) {
      const beside = this.#work.get(each.batch);
      if (beside === undefined) this.#work.set(each.batch, [each]);
      else beside.push(each);
    }
    this.#through[worker] = through;
    this.through = Math.min(...this.#through);
    const whole = [...this.#work.keys()].filter((batch) => batch < this.through);
    return whole
      .sort((one, other) => one - other)
      .map((batch) => {
        const parts = this.#work.get(batch)!;
        this.#work.delete(batch);
        return merged(parts);
      });
  }
}

function merged(parts: readonly BatchWork[]): MergedBatch {
  const { before, last } = parts[0]!;
  const decisions = parts
    .flatMap(({ decisions: each, places }) => {
      return each.map((decision, at) => ({ decision, place: places[at]! }));
    })
    .sort((one, other) => comparePlaces(one.place, other.place))
    .map(({ decision }) => decision);
  const scans = parts
    .flatMap(({ scans: each, scanPackets }) => {
      return each.map((scan, at) => ({ scan, packet: scanPackets[at]! }));
    })
    .sort((one, other) => one.packet - other.packet)
    .slice(0, MOST_SCANS)
    .map(({ scan }) => scan);
  return { before, last, decisions, scans };
}
