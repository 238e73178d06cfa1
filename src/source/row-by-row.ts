import type { TupleBatch, TupleColumns } from '../tuple/batch.ts';
import { TUPLE_COLUMNS } from '../tuple/columns.ts';
import { mappedSource } from './mapped.ts';
import type { TupleSource } from './source.ts';

/** Told of a packet before and after it is dealt with; it stands in the batch's first row. */
export interface PacketWatcher {
  before(batch: TupleBatch): void;
  after(): void;
}

/** Hands on one packet at a time, so that what is printed about it stands beside what came of it (`-D`). */
export function rowByRow(inner: TupleSource, watcher: PacketWatcher): TupleSource {
  return mappedSource(inner, async function* (batches) {
    for await (const batch of batches) {
      const { length } = batch;
      batch.length = 1;
      for (let row = 0; row < length; row++) {
        moveToFirst(batch, row);
        watcher.before(batch);
        yield batch;
        watcher.after();
      }
    }
  });
}

function moveToFirst(batch: TupleColumns, row: number): void {
  for (const [name] of TUPLE_COLUMNS) batch[name][0] = batch[name][row]!;
}
