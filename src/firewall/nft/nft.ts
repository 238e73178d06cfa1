import type { Network } from '../../tuple/network.ts';
import type { Door } from '../../door/door.ts';
import { monotonicMs } from '../clock.ts';
import type { Firewall, Grant, Opening, Outcome } from '../firewall.ts';
import { FirewallError } from '../firewall-error.ts';
import { GrantBook, type Admission, type BookEntry } from '../grant-book.ts';
import { openedNothing } from '../memory.ts';
import { nftAddon, type NftAddon, type NftSocket } from './addon.ts';
import { BatchWriter, putElement } from './batch-writer.ts';
import { bootId } from './boot-id.ts';
import { doorComment, doorHash } from './door-label.ts';
import { drawTable, TABLE_NAME, type Layout, type Target } from './draw-table.ts';
import { allocateRows, checkElementLayout, rowsOver, type ElementRows } from './element-rows.ts';
import { addressAt, foundGrants, isIpv6, type FoundElements } from './found-grants.ts';
import { hasLegacyNat } from './legacy-nat.ts';
import { codeOf, toFirewallError } from './nft-error.ts';
import { writeTable } from './write-table.ts';

export interface NftFirewallOptions {
  /** Networks that guarded ports never shut out; default: none. */
  readonly trusted?: readonly Network[];
  /** The guard works on these interfaces alone; default: on all. */
  readonly guardInterfaces?: readonly string[];
  /** Grants at one time, default 65,536; the kernel's sets have room for a sixteenth more. */
  readonly maxGrants?: number;
  /** What `close` does with the table; default `keep`: guarded ports stay shut. */
  readonly onStop?: 'keep' | 'remove';
  /**
   * Whether guarded ports may be published by address translation, so that the guard must stand before
   * it too; default: if there is a nat chain, looked for again whenever the ruleset changes.
   */
  readonly published?: boolean;
  /** No element may live longer; default seven days. */
  readonly maxOpenMs?: number;
  /** How often to look whether others have changed the ruleset; default 500, 0: never. */
  readonly checkIntervalMs?: number;
  /** Told of what a check found. */
  readonly onEvent?: (event: NftEvent) => void;
}

export type NftEvent =
  | { readonly kind: 'foreign elements removed'; readonly count: number }
  | { readonly kind: 'table made again'; readonly reason: 'it was gone' | 'a nat chain came' }
  | { readonly kind: 'check failed'; readonly error: FirewallError };

/** The nft firewall, with what only it can do. Its clock is `monotonicMs`. */
export interface NftFirewall extends Firewall {
  /** Takes the table away: guarded ports are open to everybody then. */
  removeTable(): void;
  /** Looks at once whether others have changed the ruleset, as the timer does. */
  check(): void;
}

const DEFAULT_MAX_GRANTS = 65_536;
const SEVEN_DAYS_MS = 604_800_000;
const DEFAULT_CHECK_INTERVAL_MS = 500;
/** No element lives shorter than this: the encoder would refuse it. */
const MIN_OPEN_MS = 10;
/** How often a batch is sent again for the sake of those that a refused opening may have displaced. */
const EXACT_ROUNDS = 8;
/** Elements in one transaction at most. */
const BATCH_ROWS = 4096;

/**
 * Opens doors in sets of the kernel's nftables, whose elements end by themselves. Nothing is asked of
 * the kernel before `start`, nor ever if no door has `open`.
 */
export function nftFirewall(options: NftFirewallOptions = {}): NftFirewall {
  return new NftTableFirewall(options);
}

/** An opening whose elements stand in the rows from `row` on. */
interface Staged {
  readonly at: number;
  readonly opening: Opening;
  readonly admission: Admission;
  readonly targets: readonly Target[];
  row: number;
}

class NftTableFirewall implements NftFirewall {
  readonly #options: NftFirewallOptions;
  readonly #book: GrantBook;
  #addon: NftAddon | undefined;
  #socket: NftSocket | undefined;
  #writer: BatchWriter | undefined;
  #rows: ElementRows | undefined;
  #doors: readonly Door[] = [];
  #doorIndex: ReadonlyMap<Door, number> = new Map();
  #layout: Layout | undefined;
  #isPublished = false;
  #generation = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NftFirewallOptions) {
    this.#options = options;
    this.#book = new GrantBook(options.maxGrants ?? DEFAULT_MAX_GRANTS);
  }

  start(doors: readonly Door[]): Promise<readonly Grant[]> {
    return Promise.resolve().then(() => this.#start(doors.filter(({ open }) => open.length > 0)));
  }

  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[] {
    this.#book.advance(nowMs);
    const outcomes = new Array<Outcome>(openings.length);
    for (let from = 0; from < openings.length;) {
      from = this.#applySome(openings, from, outcomes, nowMs);
    }
    return outcomes;
  }

  expire(nowMs: number): readonly Grant[] {
    this.#book.advance(nowMs);
    return this.#book.takeEnded();
  }

  nextExpiryMs(): number | undefined {
    return this.#book.nextExpiryMs();
  }

  check(): void {
    try {
      if (this.#socket !== undefined) this.#check(this.#socket);
    } catch (error) {
      this.#tell({ kind: 'check failed', error: toFirewallError(error, 'check the table') });
    }
  }

  removeTable(): void {
    if (this.#socket !== undefined) removeTableBy(this.#addon!, this.#socket);
  }

  close(): Promise<void> {
    return Promise.resolve().then(() => {
      clearInterval(this.#timer);
      if (this.#options.onStop === 'remove') this.removeTable();
      this.#socket?.close();
      this.#socket = undefined;
      this.#book.clear();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #start(doors: readonly Door[]): readonly Grant[] {
    if (doors.length === 0) return [];
    try {
      const socket = this.#open(doors);
      this.#isPublished = this.#options.published ?? hasNat(socket);
      this.#draw(doors, socket);
      const nowMs = monotonicMs();
      const grants = foundGrants(this.#readSets(socket) ?? [], this.#layout!, doors, nowMs);
      this.#book.clear();
      for (const grant of grants) this.#book.adopt(grant);
      this.#makeTable(nowMs);
      this.#watch();
      return grants;
    } catch (error) {
      throw toFirewallError(error, 'make the table');
    }
  }

  #open(doors: readonly Door[]): NftSocket {
    this.#addon ??= nftAddon();
    checkElementLayout(this.#addon);
    const most = Math.max(...doors.map(({ open }) => open.length));
    if (this.#rows === undefined || this.#rows.capacity < most || this.#socket === undefined) {
      this.#socket?.close();
      this.#rows = allocateRows(Math.max(BATCH_ROWS, most));
      const { memory, capacity } = this.#rows;
      const maxMs = this.#options.maxOpenMs ?? SEVEN_DAYS_MS;
      this.#socket = new this.#addon.NftSocket(TABLE_NAME, bootId(), maxMs, memory, capacity);
      this.#writer = new BatchWriter(this.#socket, this.#rows);
    }
    return this.#socket;
  }

  #draw(doors: readonly Door[], socket: NftSocket): void {
    const layout = drawTable(doors, {
      trusted: this.#options.trusted ?? [],
      guardInterfaces: this.#options.guardInterfaces ?? [],
      maxGrants: this.#options.maxGrants ?? DEFAULT_MAX_GRANTS,
      isPublished: this.#isPublished,
    });
    socket.describe(
      layout.grantSets.map(({ name }) => name),
      Uint8Array.from(layout.grantSets, ({ key }) => key),
      doors.map(({ name }) => doorComment(name)),
      Uint32Array.from(doors, ({ name }) => doorHash(name)),
    );
    this.#doors = doors;
    this.#doorIndex = new Map(doors.map((door, index) => [door, index]));
    this.#layout = layout;
  }

  /** All elements of all our sets; undefined if there is no set of ours at all. */
  #readSets(socket: NftSocket): FoundElements[] | undefined {
    const found: FoundElements[] = [];
    for (const set of this.#layout!.grantSets.keys()) {
      const elements = socket.readSet(set);
      if (elements !== undefined) {
        found.push({ set, rows: rowsOver(elements.memory, elements.count) });
      }
    }
    return found.length === 0 ? undefined : found;
  }

  /** Makes the table with the grants in the book, in place of any old one, as one transaction. */
  #makeTable(nowMs: number): void {
    const layout = this.#layout!;
    const { rows, count } = this.#rowsOfBook(nowMs);
    const transaction = new this.#addon!.NftTransaction(this.#socket!);
    writeTable(transaction, layout.table);
    transaction.addElements(rows.memory, rows.capacity, count);
    transaction.commit();
    this.#generation = this.#socket!.generation();
  }

  #rowsOfBook(nowMs: number): { rows: ElementRows; count: number } {
    const elements = [...this.#book.openAt(nowMs)].flatMap((grant) =>
      this.#targetsOf(grant)
        .filter(({ ports }) => grant.ports.includes(ports))
        .map((target) => ({ target, grant })),
    );
    const rows = allocateRows(elements.length);
    for (const [row, { target, grant }] of elements.entries()) {
      const { lasting } = this.#lasting(target, grant, nowMs);
      putElement(rows, row, target, lasting, this.#doorIndex.get(lasting.door)!, nowMs);
    }
    // In the order of their sets, since a message is about one set.
    return { rows, count: elements.length };
  }

  #applySome(
    openings: readonly Opening[],
    from: number,
    outcomes: Outcome[],
    nowMs: number,
  ): number {
    const staged: Staged[] = [];
    let elements = 0;
    let at = from;
    for (; at < openings.length; at++) {
      const opening = openings[at]!;
      const targets = this.#targetsFor(opening);
      if (elements + targets.length > (this.#writer?.capacity ?? 0) && staged.length > 0) break;
      const outcome = this.#stage(opening, at, targets, staged, nowMs);
      if (outcome === undefined) elements += targets.length;
      else outcomes[at] = outcome;
    }
    if (staged.length > 0) this.#send(staged, outcomes, nowMs);
    return at;
  }

  /** Enters the opening into the book and the list; what becomes of it if that is decided already. */
  #stage(
    opening: Opening,
    at: number,
    targets: readonly Target[],
    staged: Staged[],
    nowMs: number,
  ): Outcome | undefined {
    const { door, source, openForMs } = opening;
    if (door.open.length === 0) return openedNothing(this.#book, door, source, nowMs);
    if (targets.length === 0) return refuse(unknownDoor(door));
    const maxOpenMs = this.#options.maxOpenMs ?? SEVEN_DAYS_MS;
    const isInBounds = openForMs >= MIN_OPEN_MS && openForMs <= maxOpenMs;
    if (!isInBounds) return refuse(outOfBounds(openForMs, maxOpenMs));
    const admission = this.#book.enter(door, source, nowMs, nowMs + openForMs);
    if (admission === undefined) return { kind: 'refused', reason: 'max grants' };
    staged.push({ at, opening, admission, targets, row: 0 });
    return undefined;
  }

  /** Sends what is staged until the kernel has taken all that it does not refuse. */
  #send(staged: readonly Staged[], outcomes: Outcome[], nowMs: number): void {
    let left = staged;
    try {
      for (let round = 1; left.length > 0; round++) {
        this.#fill(left, nowMs);
        if (this.#writer!.commit() === 0) {
          this.#generation = nextGeneration(this.#generation);
          break;
        }
        if (this.#isTableGone()) {
          this.#makeTable(nowMs);
          this.#tell({ kind: 'table made again', reason: 'it was gone' });
          break;
        }
        left = this.#withoutRefused(left, outcomes, round < EXACT_ROUNDS);
      }
      for (const one of left) outcomes[one.at] = opened(one.admission);
    } catch (error) {
      const reason = toFirewallError(error, 'open');
      for (const one of left.toReversed()) this.#book.withdraw(one.admission);
      for (const one of left) outcomes[one.at] = refuse(reason);
    }
  }

  #fill(staged: readonly Staged[], nowMs: number): void {
    const writer = this.#writer!;
    writer.clear();
    for (const one of staged) {
      const { entry, mayLinger } = one.admission;
      one.row = writer.count;
      for (const target of one.targets) {
        const { lasting, isShared } = this.#lasting(target, entry.grant, nowMs);
        const door = this.#doorIndex.get(lasting.door)!;
        writer.put(target, lasting, door, nowMs, mayLinger || isShared);
      }
    }
  }

  /** Of all grants on one element, the one that ends last: it is the one that the element names. */
  #lasting(target: Target, grant: Grant, nowMs: number): { lasting: Grant; isShared: boolean } {
    let lasting = grant;
    let isShared = false;
    for (const door of target.sharers) {
      const other = this.#book.find(door, grant.source)?.grant;
      if (other === undefined) continue;
      isShared = true;
      if (other.untilMs > nowMs && other.untilMs > lasting.untilMs) lasting = other;
    }
    return { lasting, isShared };
  }

  #isTableGone(): boolean {
    const writer = this.#writer!;
    for (let row = 0; row < writer.count; row++) if (writer.lacksSet(row)) return true;
    return false;
  }

  /**
   * What is left to send again. A refused opening of several elements may have taken the room that a
   * later one would have had, so those behind it are asked once more, unless that has gone on too long.
   */
  #withoutRefused(staged: readonly Staged[], outcomes: Outcome[], isExact: boolean): Staged[] {
    const left: Staged[] = [];
    const dropped: Staged[] = [];
    const entries = new Set<BookEntry>();
    let isSettled = false;
    for (const one of staged) {
      const error = this.#errorOf(one);
      const hangsOn = entries.has(one.admission.entry);
      if (!hangsOn && (error === undefined || isSettled)) {
        left.push(one);
        continue;
      }
      dropped.push(one);
      entries.add(one.admission.entry);
      outcomes[one.at] =
        error === undefined ? { kind: 'refused', reason: 'failed' } : refuse(error);
      isSettled ||= isExact && one.targets.length > 1;
    }
    for (const one of dropped.reverse()) this.#book.withdraw(one.admission);
    return left;
  }

  #errorOf({ row, targets }: Staged): FirewallError | undefined {
    const nth = targets.findIndex((_, offset) => this.#writer!.isRefused(row + offset));
    if (nth < 0) return undefined;
    const set = this.#layout!.grantSets[targets[nth]!.set]!.name;
    return this.#writer!.errorAt(row + nth, set);
  }

  #targetsFor({ door, source }: Opening): readonly Target[] {
    const targets = this.#layout?.targets.get(door);
    return (source.family === 4 ? targets?.ipv4 : targets?.ipv6) ?? [];
  }

  #targetsOf({ door, source }: Grant): readonly Target[] {
    return this.#targetsFor({ door, source, openForMs: 0 });
  }

  #watch(): void {
    clearInterval(this.#timer);
    const everyMs = this.#options.checkIntervalMs ?? DEFAULT_CHECK_INTERVAL_MS;
    if (everyMs > 0) this.#timer = setInterval(() => this.check(), everyMs).unref();
  }

  /** The generation tells whether anybody but us has changed anything; as a rule nobody has. */
  #check(socket: NftSocket): void {
    const generation = socket.generation();
    if (generation === this.#generation) return;
    const nowMs = monotonicMs();
    const found = this.#readSets(socket);
    const needsPublished = this.#options.published === undefined && !this.#isPublished;
    const hasNatNow = needsPublished && hasNat(socket);
    if (found === undefined || hasNatNow) {
      this.#isPublished ||= hasNatNow;
      this.#draw(this.#doors, socket);
      this.#makeTable(nowMs);
      const reason = found === undefined ? 'it was gone' : 'a nat chain came';
      this.#tell({ kind: 'table made again', reason });
    }
    this.#generation = socket.generation();
    this.#removeForeign(found ?? [], nowMs);
  }

  #removeForeign(found: readonly FoundElements[], nowMs: number): void {
    const writer = this.#writer!;
    let count = 0;
    writer.clear();
    const flush = (): void => {
      if (writer.count === 0) return;
      if (writer.commit() === 0) this.#generation = nextGeneration(this.#generation);
      count += writer.count;
      writer.clear();
    };
    for (const { set, rows } of found) {
      for (let row = 0; row < rows.capacity; row++) {
        if (this.#isOurs(set, rows, row, nowMs)) continue;
        writer.putRemoval(rows, row);
        if (writer.count === writer.capacity) flush();
      }
    }
    flush();
    if (count > 0) this.#tell({ kind: 'foreign elements removed', count });
  }

  /** Whether an element belongs to a grant that is in the book. */
  #isOurs(set: number, rows: ElementRows, row: number, nowMs: number): boolean {
    const door = this.#doors[rows.door[row]!];
    if (rows.action[row] !== 1 || door === undefined) return false;
    const family = isIpv6(this.#layout!.grantSets[set]!.key) ? 6 : 4;
    const entry = this.#book.find(door, addressAt(rows, row, family));
    const mostMs = (entry?.grant.untilMs ?? 0) - nowMs + CLOCK_SLACK_MS;
    return entry?.grant.id === rows.grant[row] && rows.timeoutMs[row]! <= mostMs;
  }

  #tell(event: NftEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** The kernel counts in ticks, and from a moment later than we do. */
const CLOCK_SLACK_MS = 100;

/** Takes away the table that a daemon left; whether there was one. */
export function removeTable(): boolean {
  const addon = nftAddon();
  let socket: NftSocket | undefined;
  try {
    const rows = allocateRows(1);
    socket = new addon.NftSocket(TABLE_NAME, bootId(), SEVEN_DAYS_MS, rows.memory, 1);
    return removeTableBy(addon, socket);
  } catch (error) {
    throw toFirewallError(error, 'remove the table');
  } finally {
    socket?.close();
  }
}

function removeTableBy(addon: NftAddon, socket: NftSocket): boolean {
  const transaction = new addon.NftTransaction(socket);
  transaction.deleteTable();
  try {
    transaction.commit();
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function hasNat(socket: NftSocket): boolean {
  return hasLegacyNat() || socket.hasNatChain();
}

function nextGeneration(generation: number): number {
  return generation === 0xffff_ffff ? 1 : generation + 1;
}

function opened({ entry, previous }: Admission): Outcome {
  return { kind: 'opened', grant: entry.grant, renewed: previous !== undefined };
}

function refuse(error: FirewallError): Outcome {
  const reason = error.code === 'FIREWALL_SET_FULL' ? 'set full' : 'failed';
  return { kind: 'refused', reason, error };
}

function unknownDoor({ name }: Door): FirewallError {
  const reason = `door ${name} was not there when the table was made`;
  return new FirewallError('FIREWALL_UNKNOWN_DOOR', 'open', reason);
}

function outOfBounds(openForMs: number, maxOpenMs: number): FirewallError {
  const reason = `${openForMs} ms is not from ${MIN_OPEN_MS} to ${maxOpenMs} ms`;
  return new FirewallError('FIREWALL_REFUSED', 'open', reason);
}
