import type { Door } from '../../../door/door.ts';
import type { Address } from '../../../tuple/address.ts';
import type { GrantBook } from '../../grant-book.ts';
import { FirewallError } from '../../firewall-error.ts';
import type { BatchWriter } from '../batch-writer.ts';
import type { ElementRows } from '../element-rows.ts';
import type { FoundElements } from '../found-grants.ts';
import type { Keeper } from '../keeper.ts';
import type { KernelLink } from '../kernel-link.ts';
import { Places, type BookElement } from '../places.ts';
import { Refill } from '../refill.ts';
import type { NftEvent } from '../options.ts';
import {
  found,
  layOut,
  placeFor,
  setsOf,
  type BorrowedLayout,
  type BorrowedSet,
  type FoundSet,
} from './borrowed-layout.ts';
import type { NamedSet } from './left-sets.ts';
import { readForm, setText, type SetForm } from './set-form.ts';

/** Handles of sets, by family and name. */
export type FilledSets = ReadonlyMap<string, string>;

/** Keeps grants in sets that others have made: it neither makes nor changes a set, and fills it where it is new. */
export class BorrowedKeeper implements Keeper {
  readonly doors: readonly Door[];
  readonly places: Places;
  readonly #link: KernelLink;
  readonly #tell: (event: NftEvent) => void;
  readonly #borrowed: readonly BorrowedSet[];
  readonly #refill: Refill;
  #sets: readonly FoundSet[] = [];
  #layout: BorrowedLayout;
  /** The sets that hold our grants, or are being filled with them, by their handles. */
  readonly #filled: (string | undefined)[] = [];
  /** What was told of each set that can't be used. */
  readonly #told: (string | undefined)[] = [];

  constructor(
    link: KernelLink,
    doors: readonly Door[],
    book: GrantBook,
    tell: (event: NftEvent) => void,
  ) {
    this.#link = link;
    this.#tell = tell;
    this.doors = doors;
    this.#borrowed = setsOf(doors);
    this.#sets = this.#borrowed.map((set) => found(set, undefined));
    this.#layout = layOut(doors, this.#sets);
    this.places = new Places(book, doors, () => this.#layout);
    this.#refill = new Refill(this, book);
  }

  get writer(): BatchWriter {
    return this.#link.writer;
  }

  get layout(): BorrowedLayout {
    return this.#layout;
  }

  get isFilled(): boolean {
    return this.#refill.isDone;
  }

  /** The sets that doors name. */
  get sets(): readonly NamedSet[] {
    return this.#borrowed;
  }

  /** Names of the tables that the sets lie in. */
  get tables(): readonly string[] {
    return [...new Set(this.#borrowed.map(({ place }) => place.table.split(' ')[1]!))];
  }

  /** A line on each set that can't be used. */
  get troubles(): readonly string[] {
    return this.#sets.flatMap(({ place, misfit }) =>
      misfit === undefined ? [] : [`set ${setText(place)}: ${misfit}`],
    );
  }

  /** Rows mean these sets and doors from now on. */
  use(): void {
    this.#link.describeSets(this.#layout.grantSets, this.doors);
  }

  /**
   * Looks at the sets for the first time, and takes what is in them for what we have put there. Throws if
   * one is of no use; one that is missing may still come. `before`: the sets that were filled until now, if
   * this is a reload; others are new then.
   */
  begin(before?: FilledSets): void {
    this.use();
    this.#read();
    const unfit = this.#sets.find(({ form, misfit }) => form !== undefined && misfit !== undefined);
    if (unfit !== undefined) throw refusal(unfit);
    for (const set of this.#fresh()) {
      const { handle } = this.#sets[set]!.form!;
      const isFilled = before === undefined || before.get(nameOf(this.#sets[set]!)) === handle;
      if (isFilled) this.#filled[set] = handle;
    }
  }

  /** The sets that hold all our grants. */
  get filledSets(): FilledSets {
    if (!this.isFilled) return new Map();
    return new Map(this.intactSets().map((set) => [nameOf(this.#sets[set]!), this.#filled[set]!]));
  }

  /** Looks at the sets again: those that can be used and have not been filled by us. */
  refresh(): readonly number[] {
    this.#read();
    for (const [set, { misfit }] of this.#sets.entries()) {
      if (misfit !== undefined) this.#filled[set] = undefined;
    }
    return this.#fresh();
  }

  /** Puts the book's grants into sets that are new, in turns of the loop. */
  fill(sets: readonly number[], nowMs: number): void {
    if (sets.length === 0) return;
    const wanted = new Set(this.isFilled ? sets : this.#usable());
    const elements = this.places.elementsOfBook(nowMs);
    for (const set of sets) {
      const { form, place } = this.#sets[set]!;
      this.#filled[set] = form!.handle;
      this.#tell({ kind: 'set filled', set: setText(place), count: countIn(elements, set) });
    }
    this.#refill.begin(nowMs, ({ set }) => wanted.has(set));
  }

  /** The elements of those sets that hold our grants. */
  readSets(): FoundElements[] {
    return this.intactSets().flatMap((set) => this.#link.readSet(set) ?? []);
  }

  /** The same in pieces, each read when it is its turn. */
  readSetsInPieces(): Iterable<ElementRows>[] {
    return this.intactSets().map((set) => this.readSetInPieces(set));
  }

  readSetInPieces(set: number): Iterable<ElementRows> {
    return this.#link.readSetInPieces(set);
  }

  intactSets(): readonly number[] {
    return this.#usable().filter((set) => {
      const handle = this.#formOf(set)?.handle;
      return handle !== undefined && handle === this.#filled[set];
    });
  }

  nothingFor(door: Door, { family }: Address): string {
    const place = placeFor(door, family);
    if (place === undefined) {
      const directive = family === 4 ? 'use_set' : 'use_set6';
      return `door ${door.name} opens nothing for IPv${family}: it has no ${directive}`;
    }
    const text = setText(place);
    return `set ${text}: ${this.#troubleWith(text, family) ?? 'it can be used again'}`;
  }

  noteCommit(): void {
    // Others write into these tables all the time: it is looked whenever there may be something to see.
  }

  /** Nobody but their owner can make the sets again. */
  mend(): void {
    this.#read();
    const unfit = this.#sets.find(({ misfit }) => misfit !== undefined);
    if (unfit !== undefined) throw refusal(unfit);
  }

  close(): void {
    this.#refill.stop();
  }

  #read(): void {
    this.#sets = this.#borrowed.map((set, at) => found(set, this.#formOf(at)));
    for (const [at, { place, misfit }] of this.#sets.entries()) {
      const isNews = misfit !== undefined && misfit !== this.#told[at];
      this.#told[at] = misfit;
      if (isNews) this.#tell({ kind: 'set missed', set: setText(place), why: misfit, count: 1 });
    }
    this.#layout = layOut(this.doors, this.#sets);
    this.use();
  }

  #formOf(set: number): SetForm | undefined {
    const line = this.#link.setForm(set);
    return line === undefined ? undefined : readForm(line);
  }

  #usable(): number[] {
    return [...this.#sets.keys()].filter((set) => this.#sets[set]!.misfit === undefined);
  }

  #fresh(): number[] {
    return this.#usable().filter((set) => this.#sets[set]!.form!.handle !== this.#filled[set]);
  }

  #troubleWith(text: string, family: 4 | 6): string | undefined {
    return this.#sets.find((set) => set.family === family && setText(set.place) === text)?.misfit;
  }
}

function nameOf({ place, family }: Pick<BorrowedSet, 'place' | 'family'>): string {
  return `${family} ${setText(place)}`;
}

function countIn(elements: readonly BookElement[], set: number): number {
  return elements.filter(({ target }) => target.set === set).length;
}

function refusal({ place, misfit }: FoundSet): FirewallError {
  const set = setText(place);
  return new FirewallError('FIREWALL_REFUSED', `use set ${set}`, misfit!, { set });
}
