import type { Door } from '../../door/door.ts';
import { FirewallError } from '../firewall-error.ts';
import {
  nftAddon,
  type FoundBounds,
  type NftAddon,
  type NftNews,
  type NftSetReading,
  type NftSocket,
  type NftTransaction,
} from './addon.ts';
import { BatchWriter } from './batch-writer.ts';
import { bootId } from './boot-id.ts';
import { doorComment, doorHash } from './door-label.ts';
import { TABLE_NAME, type Layout } from './draw-table.ts';
import { allocateRows, checkElementLayout, rowsOver, type ElementRows } from './element-rows.ts';
import type { FoundElements } from './found-grants.ts';
import { RangeSets } from './range-sets.ts';
import { Listening } from './listening.ts';
import { hasLegacyNat } from './legacy-nat.ts';
import type { Key } from './table.ts';
import { GUARDED_SETS, TableState } from './table-state.ts';

/** Elements in one transaction at most, apart from those that a table is made with. */
const BATCH_ROWS = 4096;

/**
 * The line to the kernel: one socket that stays for as long as the firewall lives, since a table may
 * belong to it, and the rows that elements travel in.
 */
export class KernelLink implements Disposable {
  readonly writer: BatchWriter;
  readonly rangeSets: RangeSets = new RangeSets();
  readonly #addon: NftAddon = nftAddon();
  readonly #socket: NftSocket;
  #setNames: readonly string[] = [];
  #listening: Listening | undefined;

  constructor(maxOpenMs: number, { sparesOthers = false, table = TABLE_NAME }: LinkOptions = {}) {
    checkElementLayout(this.#addon);
    const rows = allocateRows(BATCH_ROWS);
    const { memory, capacity } = rows;
    this.#socket = new this.#addon.NftSocket(table, bootId(), maxOpenMs, memory, capacity);
    this.writer = new BatchWriter(this.#socket, rows, {
      around: (count, commit) => this.#listening?.during(count, commit) ?? commit(),
      sparesOthers,
    });
  }

  /** Tells what the indices in rows mean from now on. */
  describe(
    { grantSets, liveSets, timedSets }: Pick<Layout, 'grantSets' | 'liveSets' | 'timedSets'>,
    doors: readonly Door[],
  ): void {
    this.describeSets([...grantSets, ...liveSets, ...timedSets], doors);
  }

  /** The same for sets of whatever tables; of ours, where none is named. */
  describeSets(sets: readonly DescribedSet[], doors: readonly Door[]): void {
    const crowded = doors.find((door) => door.open.length > mostPorts(door));
    if (crowded !== undefined) {
      const reason = `door ${crowded.name} opens more than ${mostPorts(crowded)} ports and ranges`;
      throw new FirewallError('FIREWALL_REFUSED', 'make the table', reason);
    }
    this.#setNames = sets.map(({ name }) => name);
    this.#socket.describe(
      this.#setNames,
      Uint8Array.from(sets, ({ key }) => key),
      doors.map(({ name }) => doorComment(name)),
      Uint32Array.from(doors, ({ name }) => doorHash(name)),
      sets.map(({ table = `inet ${TABLE_NAME}` }) => table),
    );
  }

  transaction(): NftTransaction {
    return new this.#addon.NftTransaction(this.#socket);
  }

  /** Undefined if there is no table. `constants`: sets whose elements count too. */
  state(constants: readonly string[] = []): TableState | undefined {
    const lines = this.#socket.tableState([...new Set([...GUARDED_SETS, ...constants])]);
    return lines === undefined ? undefined : new TableState(lines);
  }

  /** The elements of a set by its index; undefined if there is none. */
  readSet(set: number): FoundElements | undefined {
    const elements = this.#socket.readSet(set);
    if (elements === undefined) return undefined;
    return { set, rows: rowsOver(elements.memory, elements.count) };
  }

  /** The same in pieces, each read when it is its turn; nothing if there is no such set. */
  readSetInPieces(set: number): Iterable<ElementRows> {
    return piecesOf(new this.#addon.NftSetReading(this.#socket, set));
  }

  /** The same for a set by its name. */
  readSetCalled(name: string): FoundElements | undefined {
    return this.readSet(this.setCalled(name));
  }

  /** Bounds of a set of ranges; undefined if there is none. */
  readBounds(name: string, family: 4 | 6): FoundBounds | undefined {
    return this.#socket.readBounds(name, family === 4 ? 0 : 1);
  }

  /** Index of a set that was described. */
  setCalled(name: string): number {
    return this.#setNames.indexOf(name);
  }

  /** A line on a described set (native/sys/ruleset.h); undefined if there is none. */
  setForm(set: number): string | undefined {
    return this.#socket.setForm(set);
  }

  hasNat(): boolean {
    return hasLegacyNat() || this.#socket.hasNatChain();
  }

  otherChains(): readonly string[] {
    return this.#socket.otherChains();
  }

  generation(): number {
    return this.#socket.generation();
  }

  /** Calls back when others have changed tables of these names or the nat chains, or when that may be. */
  watch(
    receiveBuffer: number,
    onNews: (news: News) => void,
    tables: readonly string[] = [TABLE_NAME],
  ): Disposable {
    const events = tables.map((table) => {
      const each = new this.#addon.NftEvents(table, this.#socket, receiveBuffer, () => {
        const news = newsOf(each.take());
        if (news.toTable || news.ofNat || news.isLost) onNews(news);
      });
      return each;
    });
    const listening = new Listening({
      events,
      generation: () => this.generation(),
      onMissed: () => onNews({ toTable: true, ofNat: true, isLost: false }),
    });
    this.#listening = listening;
    return {
      [Symbol.dispose]: () => {
        this.#listening = undefined;
        listening[Symbol.dispose]();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** All elements of a grant fit into one transaction; with `while_connected` they are two for each port. */
function mostPorts({ whileConnected }: Door): number {
  return whileConnected === undefined ? BATCH_ROWS : BATCH_ROWS / 2;
}

function* piecesOf(reading: NftSetReading): Generator<ElementRows> {
  try {
    for (let piece = reading.next(); piece !== undefined; piece = reading.next()) {
      yield rowsOver(piece.memory, piece.count);
    }
  } finally {
    reading.close();
  }
}

export interface LinkOptions {
  readonly sparesOthers?: boolean;
  /** The table that statements are about; default ours. */
  readonly table?: string;
}

/** A set as rows name it by its index. */
export interface DescribedSet {
  readonly name: string;
  readonly key: Key;
  readonly table?: string;
}

/** What others have changed. */
export interface News {
  readonly toTable: boolean;
  readonly ofNat: boolean;
  /** There was more than the kernel could keep for us: anything may have changed. */
  readonly isLost: boolean;
  /** Elements that others have put into our sets or taken out: some of them, if any. */
  readonly elements?: ElementRows;
}

function newsOf({ elements, ...news }: NftNews): News {
  if (elements === undefined) return news;
  return { ...news, elements: rowsOver(elements.memory, elements.count) };
}
