import type { Door, OpenPorts } from '../../door/door.ts';
import { monotonicMs } from '../clock.ts';
import type { Address } from '../../tuple/address.ts';
import type { Block } from '../block.ts';
import type { Grant } from '../firewall.ts';
import type { GrantBook } from '../grant-book.ts';
import { putElement, type BatchWriter } from './batch-writer.ts';
import { drawTable, LIFTED, type Layout, type Target } from './draw-table.ts';
import { allocateRows, type ElementRows } from './element-rows.ts';
import { foundGrants, type FoundElements } from './found-grants.ts';
import type { Keeper } from './keeper.ts';
import { generationAfter } from './generation.ts';
import type { KernelLink } from './kernel-link.ts';
import { machinesLeft, liftedAt, placed, type GuardedMachine } from './guarded-machines.ts';
import { keptSets, type KeptSets } from './kept-sets.ts';
import { readSilent } from './live-reading.ts';
import { MadeSets } from './made-sets.ts';
import { Places, type BookElement } from './places.ts';
import { guardedBy, isCovered, type GuardedPorts, type PlacedPorts } from './open-ports.ts';
import { removeTableBy } from './remove-table.ts';
import { MIN_OPEN_MS, type NftSettings } from './options.ts';
import { Refill } from './refill.ts';
import { tableFlags } from './owner.ts';
import type { ShutSets } from './shut-sets.ts';
import { sharedGrants } from './shared-grants.ts';
import { ServiceTimes } from './service-times.ts';
import type { TableState } from './table-state.ts';
import { Trials, type Guarded } from './trials.ts';
import { writeTable } from './write-table.ts';

/**
 * So many elements go into the transaction that makes the table. With more the loop would stand still, so
 * they follow in transactions of their own; knocks are answered in between.
 */
const WHOLE_ROWS = 8192;

/** How long a table takes at most until the kernel has it, and a row. */
const HEADROOM_MS = 3;
const ROW_MS = 0.0015;

/** Keeps our table in the kernel: draws it, makes it, takes an old one over, and makes it again. */
export class TableKeeper implements Keeper {
  readonly doors: readonly Door[];
  readonly places: Places;
  readonly #settings: NftSettings;
  readonly #book: GrantBook;
  readonly #link: KernelLink;
  readonly #refill: Refill;
  #lifted: readonly ServiceTimes[] = [];
  readonly #trials: Trials;
  readonly #shut: ShutSets;
  #stillGuarded: readonly GuardedPorts[] = [];
  #stillGuardedMachines: readonly GuardedMachine[] = [];
  #newlyCut: readonly OpenPorts[] = [];
  /** Grants that the sets have room for: those that are open already have it, however few there may be from now on. */
  #room: number;
  #layout: Layout;
  #isPublished: boolean;
  /** The table as we made it. */
  #fingerprint = '';
  readonly #made = new MadeSets();
  #timesMade = 0;
  /** The ruleset's generation, as far as we know of all that changed it. */
  #generation = 0;

  constructor(
    link: KernelLink,
    doors: readonly Door[],
    book: GrantBook,
    settings: NftSettings,
    shut: ShutSets,
  ) {
    this.#shut = shut;
    this.#link = link;
    this.#settings = settings;
    this.#book = book;
    this.doors = doors;
    this.places = new Places(book, doors, () => this.#layout);
    this.#room = settings.maxGrants;
    this.#isPublished = settings.published ?? link.hasNat();
    this.#trials = new Trials(link, settings.trialMs);
    this.#layout = this.#draw();
    this.#refill = new Refill(this, book);
  }

  get writer(): BatchWriter {
    return this.#link.writer;
  }

  get layout(): Layout {
    return this.#layout;
  }

  /** Whether the kernel ends the table together with the daemon. */
  get isMortal(): boolean {
    return this.#settings.owner === 'mortal';
  }

  /** Ports that are guarded though no door guards them any more. */
  get stillGuarded(): readonly PlacedPorts[] {
    return [...this.#stillGuarded, ...this.#stillGuardedMachines.map(placed)];
  }

  /** TCP ports at which sessions are cut from now on that were left alone before. */
  get newlyCut(): readonly OpenPorts[] {
    return this.#newlyCut;
  }

  /** How often the table was made: what was read of one is nothing about the next. */
  get timesMade(): number {
    return this.#timesMade;
  }

  /** Whether all grants of the book are in the kernel, or will be by this turn's end. */
  get isFilled(): boolean {
    return this.#refill.isDone;
  }

  /**
   * Makes the table in place of any old one, whose grants go into the empty book and are returned. What
   * the old one guarded stays guarded, unless that is allowed to end. `open`: the grants until a reload;
   * `kept`: those that stand in no table.
   */
  takeOver(
    allowUnguard: boolean,
    open: readonly Grant[] = [],
    kept: readonly Grant[] = [],
  ): readonly Grant[] {
    const nowMs = monotonicMs();
    const state = this.#link.state();
    const guarded = guardedBy(this.doors);
    const before = state?.guarded() ?? [];
    const cutBefore = before.filter(({ isCut }) => isCut);
    this.#newlyCut = guarded.filter((ports) => ports.isCut && !isCovered(ports, cutBefore));
    if (!allowUnguard) {
      this.#stillGuarded = before.filter((ports) => !isCovered(ports, guarded));
      const machines = state?.guardedMachines() ?? [];
      this.#stillGuardedMachines = machinesLeft(machines, this.doors, this.#settings.isOurs);
      if (this.stillGuarded.length > 0) this.#layout = this.#draw();
    }
    if (this.#trials.ready(this.#layout.machines, state)) this.#layout = this.#draw();
    this.use();
    const lifted = [LIFTED, ...this.#layout.machines.map(liftedAt)];
    this.#lifted = lifted.map(({ name }) => new ServiceTimes(this.#link, name));
    this.readTimes(nowMs);
    this.#beginTrials({ ports: before, machines: state?.guardedMachines() ?? [] }, nowMs);
    // Elements move while the kernel makes room, and a dump passes over some of those: it is read twice.
    const found = [...this.readSets(), ...this.readSets()];
    const grants = foundGrants(found, this.#layout, this.doors, nowMs);
    const ids = new Set(grants.map(({ id }) => id));
    const others = open.filter(({ id }) => !ids.has(id));
    grants.push(...sharedGrants(others, found, this.#layout, this.doors));
    const more = kept.filter(({ id, untilMs }) => !ids.has(id) && untilMs - nowMs >= MIN_OPEN_MS);
    if (grants.length + more.length > this.#room) {
      this.#room = grants.length + more.length;
      this.#layout = this.#draw();
      this.use();
    }
    for (const grant of grants) this.#book.adopt(grant);
    for (const slot of readSilent(this, this.#book)) this.#book.revoke(slot);
    for (const grant of more) this.#book.adopt(grant);
    this.#announce(before);
    this.make({ isWhole: true });
    return this.#book.grants(nowMs);
  }

  /** Rows mean this table's sets and doors from now on. */
  use(): void {
    this.#link.describe(this.#layout, this.doors);
  }

  /** Makes the table with the grants in the book. */
  make({ isWhole = false, keepsGrants = false }: MakeOptions = {}): void {
    const state = this.#link.state();
    const { table } = this.#layout;
    const flags = { found: state?.flags ?? 0, wanted: tableFlags(this.#settings) };
    const kept = flags.found === flags.wanted ? this.#kept(state, keepsGrants) : undefined;
    const own = this.#ownSets;
    const isFresh = ({ set }: Target): boolean => kept?.grants.has(own[set]!) !== true;
    const isAnyFresh = (kept?.grants.size ?? 0) < own.length;
    const isLater = !isWhole && isAnyFresh && this.places.mostElements() > WHOLE_ROWS;
    const transaction = this.#link.transaction();
    writeTable(transaction, table, flags, kept);
    const nowMs = monotonicMs();
    this.#shut.fill(transaction, nowMs);
    const elements = isLater || !isAnyFresh ? [] : this.places.elementsOfBook(nowMs);
    const rows = this.#rowsFor(
      elements.filter(({ target }) => isFresh(target)),
      nowMs,
    );
    const times = [...this.#lifted, ...this.#trials.all].map((each) => each.rows(table, nowMs));
    for (const { memory, capacity } of [rows, ...times]) {
      transaction.addElements(memory, capacity, capacity);
    }
    transaction.commit();
    this.#timesMade++;
    this.#remember();
    this.#settings.onTable(table);
    if (isLater) this.#refill.begin(monotonicMs(), isFresh);
    else this.#refill.stop();
  }

  /** Others are blocked from now on. */
  block(blocks: readonly Block[], nowMs: number): void {
    const before = this.#shut.ranges;
    if (this.#shut.want(blocks)) {
      this.#layout = this.#draw();
      this.use();
      this.make({ isWhole: true, keepsGrants: true });
    } else if (this.#shut.isNeeded) {
      this.#shut.sync(this.#link, before, nowMs);
    }
  }

  /** Puts back who is blocked by hand, if others have changed that; whether they had. */
  mendBlocks(nowMs: number): boolean {
    if (!this.#shut.isNeeded || this.#shut.areIntact(this.#link, nowMs)) return false;
    this.#shut.refill(this.#link, nowMs);
    return true;
  }

  /** Makes the table again because an opening found it gone. */
  mend(): void {
    this.make();
    this.#settings.onEvent({ kind: 'table made again', reason: 'it was gone', count: 1 });
  }

  /** Draws the table anew with the guard before address translation. */
  publish(): void {
    this.#isPublished = true;
    this.#layout = this.#draw();
    this.use();
  }

  /** Whether a nat chain has come for which the guard is not in place. */
  lacksPublished(): boolean {
    return this.#settings.published === undefined && !this.#isPublished && this.#link.hasNat();
  }

  /** How the kernel's table compares with the one that we made. */
  inspect(): TableCondition {
    const state = this.#link.state(this.#constantNames());
    const { grantSets } = this.#layout;
    const intact = [...grantSets.keys()].filter((set) =>
      this.#made.isIntact(grantSets[set]!.name, state),
    );
    return {
      isSame:
        state?.fingerprint(this.#layout.table) === this.#fingerprint &&
        this.#link.rangeSets.areIntact(state),
      isGone: intact.length < grantSets.length || state === undefined,
      intact,
      canKeepGrants: this.isFilled && state?.flags === tableFlags(this.#settings),
    };
  }

  nothingFor({ name }: Door, { family }: Address): string {
    return `door ${name} opens nothing for IPv${family}: it leads to a machine of the other family`;
  }

  intactSets(): readonly number[] {
    return this.inspect().intact;
  }

  /** Whether the sets of who is not silent are those that we made. */
  areLiveSetsIntact(): boolean {
    const state = this.#link.state();
    return this.#layout.liveSets.every(({ name }) => this.#made.isIntact(name, state));
  }

  /** To be called when a transaction of the writer has been taken. */
  noteCommit(): void {
    this.#generation = generationAfter(this.#generation);
  }

  /** Whether nobody but us has changed the ruleset since this was asked last. */
  isQuiet(): boolean {
    const generation = this.#link.generation();
    const isQuiet = generation === this.#generation;
    this.#generation = generation;
    return isQuiet;
  }

  /** Ports whose guard nobody has confirmed. */
  get onTrial(): readonly PlacedPorts[] {
    return this.#trials.onTrial;
  }

  /**
   * Remembers which guards are lifted or tried: the table may have to be made again with that. Whether a
   * guard was confirmed, so that the table is another one.
   */
  readTimes(nowMs: number): boolean {
    for (const each of this.#lifted) each.read(nowMs);
    const isOther = this.#trials.read(nowMs);
    if (isOther) this.#layout = this.#draw();
    return isOther;
  }

  /** The elements of those of our sets that there are. */
  readSets(sets: readonly number[] = [...this.#layout.grantSets.keys()]): FoundElements[] {
    return sets.flatMap((set) => this.#link.readSet(set) ?? []);
  }

  /** The same in pieces, each read when it is its turn. */
  readSetsInPieces(): Iterable<ElementRows>[] {
    return [...this.#layout.grantSets.keys()].map((set) => this.readSetInPieces(set));
  }

  readSetInPieces(set: number): Iterable<ElementRows> {
    return this.#link.readSetInPieces(set);
  }

  /** Whether there was a table. */
  remove(): boolean {
    this.#refill.stop();
    // Told before, or who watches for a table that is missing would bring it back.
    this.#settings.onTable(undefined);
    return removeTableBy(this.#link);
  }

  close(): void {
    this.#refill.stop();
  }

  /** Whoever is told has a last look at who comes in by these ports. */
  #announce(guardedBefore: readonly OpenPorts[]): void {
    const ports = this.#layout.guarded.filter((each) => !isCovered(each, guardedBefore));
    if (ports.length > 0) this.#settings.onGuard(ports);
  }

  #beginTrials(before: Guarded, nowMs: number): void {
    if (this.#trials.begin(this.#layout.guarded, before, nowMs)) this.#layout = this.#draw();
  }

  #draw(): Layout {
    const lists = { ...this.#settings.lists, isByHand: this.#shut.isNeeded };
    return drawTable(this.doors, {
      ...this.#settings,
      lists,
      maxGrants: this.#room,
      isPublished: this.#isPublished,
      stillGuarded: this.#stillGuarded,
      stillGuardedMachines: this.#stillGuardedMachines,
      trials: this.#trials.all,
    });
  }

  /** What stays of the table that is there. */
  #kept(state: TableState | undefined, keepsGrants: boolean): KeptSets | undefined {
    if (state === undefined) return undefined;
    const ranges = this.#link.rangeSets.keepable(this.#layout.table, state);
    // While grants are still being put back, sets do not hold what they should.
    const grants = keepsGrants && this.isFilled ? this.#ownSets : [];
    const intact = grants.filter((name) => this.#made.isIntact(name, state));
    return keptSets(state, ranges, new Set(intact));
  }

  /** Names of the sets that grants lie in, in the order of their indices. */
  get #ownSets(): readonly string[] {
    const { grantSets, liveSets } = this.#layout;
    return [...grantSets, ...liveSets].map(({ name }) => name);
  }

  #rowsFor(elements: readonly BookElement[], nowMs: number): ElementRows {
    const rows = allocateRows(elements.length);
    for (const [row, { target, slot }] of elements.entries()) {
      const lasting = this.places.lasting(target, slot, nowMs);
      const door = this.places.doorIndexAt(lasting);
      // The kernel counts from when it comes to the row: no grant may become longer by that. One that
      // is all but over is left out by the encoder.
      const thenMs = nowMs + HEADROOM_MS + row * ROW_MS;
      putElement(rows, row, target, this.#book.table, lasting, door, thenMs);
    }
    return rows;
  }

  #remember(): void {
    this.#generation = this.#link.generation();
    const state: TableState | undefined = this.#link.state(this.#constantNames());
    this.#link.rangeSets.remember(this.#layout.table, state);
    this.#fingerprint = state?.fingerprint(this.#layout.table) ?? '';
    this.#made.remember(this.#ownSets, state);
  }

  #constantNames(): string[] {
    const { sets } = this.#layout.table;
    const changing = new Set(['grants', 'live', 'timed services', 'services', 'ranges', 'shut']);
    return sets.filter(({ kind }) => !changing.has(kind)).map(({ name }) => name);
  }
}

export interface MakeOptions {
  /**
   * It is one transaction; otherwise the elements of a great many grants follow at once. Default false.
   */
  readonly isWhole?: boolean;
  /** Sets of grants that are still those that we made stay as they are. Default false. */
  readonly keepsGrants?: boolean;
}

export interface TableCondition {
  /** Nothing of it has been altered, apart from grants. */
  readonly isSame: boolean;
  /** A set of grants, or all of it, is not the one that we made. */
  readonly isGone: boolean;
  /** The sets that are: what is missing there has been deleted. */
  readonly intact: readonly number[];
  /** Whether those can stay as they are while the rest is made again. */
  readonly canKeepGrants: boolean;
}
