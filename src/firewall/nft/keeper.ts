import type { Door } from '../../door/door.ts';
import type { Address } from '../../tuple/address.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { Layout } from './draw-table.ts';
import type { ElementRows } from './element-rows.ts';
import type { Places } from './places.ts';

/** Who keeps the sets that grants lie in: our own table's, or the administrator's. */
export interface Keeper {
  readonly writer: BatchWriter;
  readonly layout: Pick<Layout, 'targets' | 'grantSets' | 'liveSets'>;
  readonly places: Places;
  /** Whether all grants of the book are in the kernel, or will be by this turn's end. */
  readonly isFilled: boolean;
  /** Why a door has no elements for a source. */
  nothingFor(door: Door, source: Address): string;
  /** To be called when a transaction of the writer has been taken. */
  noteCommit(): void;
  /** A set was gone: makes it again with all grants of the book, or throws if it can't. */
  mend(): void;
  /** The sets that are still those that were filled: what is missing there has been deleted. */
  intactSets(): readonly number[];
  /** The elements of a set, each piece read when it is its turn; nothing if there is no such set. */
  readSetInPieces(set: number): Iterable<ElementRows>;
}
