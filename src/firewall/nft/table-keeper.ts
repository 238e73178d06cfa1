import type { Door } from '../../door/door.ts';
import type { Address } from '../../tuple/address.ts';
import { monotonicMs } from '../clock.ts';
import type { Grant } from '../firewall.ts';
import type { GrantBook } from '../grant-book.ts';
import { NO_SLOT } from '../grant-table.ts';
import { nftAddon, type NftSocket } from './addon.ts';
import { BatchWriter, putElement } from './batch-writer.ts';
import { bootId } from './boot-id.ts';
import { doorComment, doorHash } from './door-label.ts';
import { drawTable, TABLE_NAME, type Layout, type Target } from './draw-table.ts';
import { allocateRows, checkElementLayout, rowsOver, type ElementRows } from './element-rows.ts';
import { addressAt, foundGrants, isIpv6, type FoundElements } from './found-grants.ts';
import { hasLegacyNat } from './legacy-nat.ts';
import { codeOf } from './nft-error.ts';
import type { NftSettings } from './options.ts';
import { writeTable } from './write-table.ts';

/** Elements in one transaction at most. */
const BATCH_ROWS = 4096;
/** The kernel counts in ticks, and from a moment later than we do. */
const CLOCK_SLACK_MS = 100;

/**
 * Keeps our table in the kernel: makes it, takes an old one over, and mends it when others have been
 * at it. Holds the socket.
 */
export class TableKeeper {
  readonly #settings: NftSettings;
  readonly #book: GrantBook;
  readonly #addon = nftAddon();
  readonly #socket: NftSocket;
  readonly #doors: readonly Door[];
  readonly #doorIndex: ReadonlyMap<Door, number>;
  readonly writer: BatchWriter;
  /** Grants that the sets have room for: those that are open already have it, however few there may be from now on. */
  #room: number;
  #layout: Layout;
  #isPublished: boolean;
  /** The ruleset's generation, as far as we know of all that changed it. */
  #generation = 0;

  constructor(doors: readonly Door[], book: GrantBook, settings: NftSettings) {
    checkElementLayout(this.#addon);
    this.#settings = settings;
    this.#book = book;
    this.#doors = doors;
    this.#doorIndex = new Map(doors.map((door, index) => [door, index]));
    const rows = allocateRows(Math.max(BATCH_ROWS, ...doors.map(({ open }) => open.length)));
    const { memory, capacity } = rows;
    const { maxOpenMs } = settings;
    this.#socket = new this.#addon.NftSocket(TABLE_NAME, bootId(), maxOpenMs, memory, capacity);
    this.writer = new BatchWriter(this.#socket, rows);
    this.#room = settings.maxGrants;
    this.#isPublished = settings.published ?? this.#hasNat();
    this.#layout = this.#draw();
  }

  /** Makes the table in place of any old one, whose grants go into the empty book and are returned. */
  takeOver(): readonly Grant[] {
    const nowMs = monotonicMs();
    const grants = foundGrants(this.#readSets(), this.#layout, this.#doors, nowMs);
    if (grants.length > this.#room) {
      this.#room = grants.length;
      this.#layout = this.#draw();
    }
    for (const grant of grants) this.#book.adopt(grant);
    this.make(nowMs);
    return grants;
  }

  /** Makes the table with the grants in the book, as one transaction. */
  make(nowMs: number): void {
    const rows = this.#rowsOfBook(nowMs);
    const transaction = new this.#addon.NftTransaction(this.#socket);
    writeTable(transaction, this.#layout.table);
    transaction.addElements(rows.memory, rows.capacity, rows.capacity);
    transaction.commit();
    this.#generation = this.#socket.generation();
    this.#settings.onTable(this.#layout.table);
  }

  /** Makes the table again because it was gone. */
  mend(nowMs: number): void {
    this.make(nowMs);
    this.#settings.onEvent({ kind: 'table made again', reason: 'it was gone' });
  }

  /** To be called when a transaction of the writer has been taken. */
  noteCommit(): void {
    this.#generation = this.#generation === 0xffff_ffff ? 1 : this.#generation + 1;
  }

  targetsOf(door: Door, source: Address): readonly Target[] {
    const targets = this.#layout.targets.get(door);
    return (source.family === 4 ? targets?.ipv4 : targets?.ipv6) ?? [];
  }

  setName(set: number): string {
    return this.#layout.grantSets[set]!.name;
  }

  /** Of all grants on one element, the one that ends last: it is the one that the element names. */
  lasting(target: Target, slot: number, nowMs: number): number {
    const other = this.heir(target, slot, nowMs);
    const { untilMs } = this.#book.table;
    return other === undefined || untilMs[other]! <= untilMs[slot]! ? slot : other;
  }

  /** Of all other grants on the same element, the one that ends last. */
  heir(target: Target, slot: number, nowMs: number): number | undefined {
    if (target.sharers.length === 0) return undefined;
    const { table } = this.#book;
    const source = table.source(slot);
    let heir: number | undefined;
    for (const door of target.sharers) {
      const other = this.#book.find(door, source);
      if (other === NO_SLOT || table.untilMs[other]! <= nowMs) continue;
      if (heir === undefined || table.untilMs[other]! > table.untilMs[heir]!) heir = other;
    }
    return heir;
  }

  /** Index of the door whose grant stands in a slot. */
  doorIndexAt(slot: number): number {
    return this.#doorIndex.get(this.#book.doorAt(slot))!;
  }

  /** The generation tells whether anybody but us has changed anything; as a rule nobody has. */
  check(): void {
    if (this.#socket.generation() === this.#generation) return;
    const nowMs = monotonicMs();
    const found = this.#readSets();
    const hasNewNat =
      this.#settings.published === undefined && !this.#isPublished && this.#hasNat();
    if (hasNewNat) {
      this.#isPublished = true;
      this.#layout = this.#draw();
      this.make(nowMs);
      this.#settings.onEvent({ kind: 'table made again', reason: 'a nat chain came' });
    } else if (found.length < this.#layout.grantSets.length) {
      this.mend(nowMs);
    } else {
      this.#generation = this.#socket.generation();
      this.#removeForeign(found, nowMs);
    }
  }

  /** Whether there was a table. */
  remove(): boolean {
    const wasThere = this.#delete();
    this.#settings.onTable(undefined);
    return wasThere;
  }

  close(): void {
    this.#socket.close();
  }

  #delete(): boolean {
    const transaction = new this.#addon.NftTransaction(this.#socket);
    transaction.deleteTable();
    try {
      transaction.commit();
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  #draw(): Layout {
    const doors = this.#doors;
    const layout = drawTable(doors, {
      ...this.#settings,
      maxGrants: this.#room,
      isPublished: this.#isPublished,
    });
    this.#socket.describe(
      layout.grantSets.map(({ name }) => name),
      Uint8Array.from(layout.grantSets, ({ key }) => key),
      doors.map(({ name }) => doorComment(name)),
      Uint32Array.from(doors, ({ name }) => doorHash(name)),
    );
    return layout;
  }

  #hasNat(): boolean {
    return hasLegacyNat() || this.#socket.hasNatChain();
  }

  /** The elements of those of our sets that there are. */
  #readSets(): FoundElements[] {
    const found: FoundElements[] = [];
    for (const set of this.#layout.grantSets.keys()) {
      const elements = this.#socket.readSet(set);
      if (elements === undefined) continue;
      found.push({ set, rows: rowsOver(elements.memory, elements.count) });
    }
    return found;
  }

  #rowsOfBook(nowMs: number): ElementRows {
    const elements: { target: Target; slot: number }[] = [];
    for (const slot of this.#book.openAt(nowMs)) {
      const { door, source, ports } = this.#book.grantAt(slot);
      for (const target of this.targetsOf(door, source)) {
        if (ports.includes(target.ports)) elements.push({ target, slot });
      }
    }
    const rows = allocateRows(elements.length);
    for (const [row, { target, slot }] of elements.entries()) {
      const lasting = this.lasting(target, slot, nowMs);
      const door = this.doorIndexAt(lasting);
      putElement(rows, row, target, this.#book.table, lasting, door, nowMs);
    }
    return rows;
  }

  #removeForeign(found: readonly FoundElements[], nowMs: number): void {
    const { writer } = this;
    let count = 0;
    const flush = (): void => {
      if (writer.count > 0 && writer.commit() === 0) this.noteCommit();
      count += writer.count;
      writer.clear();
    };
    writer.clear();
    for (const { set, rows } of found) {
      for (let row = 0; row < rows.capacity; row++) {
        if (this.#isOurs(set, rows, row, nowMs)) continue;
        writer.putRemoval(rows, row);
        if (writer.count === writer.capacity) flush();
      }
    }
    flush();
    if (count > 0) this.#settings.onEvent({ kind: 'foreign elements removed', count });
  }

  /** Whether an element belongs to a grant that is in the book, and ends with it. */
  #isOurs(set: number, rows: ElementRows, row: number, nowMs: number): boolean {
    const door = this.#doors[rows.door[row]!];
    if (rows.action[row] !== 1 || door === undefined) return false;
    const family = isIpv6(this.#layout.grantSets[set]!.key) ? 6 : 4;
    const slot = this.#book.find(door, addressAt(rows, row, family));
    if (slot === NO_SLOT) return false;
    const { id, untilMs } = this.#book.table;
    const mostMs = untilMs[slot]! - nowMs + CLOCK_SLACK_MS;
    return id[slot] === rows.grant[row] && rows.timeoutMs[row]! <= mostMs;
  }
}
