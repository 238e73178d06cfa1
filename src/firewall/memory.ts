import type { Door } from '../door/door.ts';
import type { Network } from '../tuple/network.ts';
import { shutRanges, type Block, type CountedRange, type ShutRange } from './block.ts';
import { KNOCK, type Firewall, type Grant, type Opening, type Outcome } from './firewall.ts';
import { GrantBook } from './grant-book.ts';

export interface MemoryFirewallOptions {
  /** Grants at one time; default: no limit. */
  readonly maxGrants?: number;
}

/**
 * A firewall that opens nothing: for replays, on the packets' clock, and for tests. Time that steps back
 * stands still. A door without `open` is opened for no time at all: it gets a number, no ports, and
 * nobody hears of its end.
 */
export function memoryFirewall(options: MemoryFirewallOptions = {}): Firewall {
  return new MemoryFirewall(options.maxGrants ?? Infinity);
}

class MemoryFirewall implements Firewall {
  readonly #book: GrantBook;
  #nowMs = -Infinity;
  #shut: readonly ShutRange[] = [];
  #tell: (grants: readonly Grant[]) => void = () => {};

  constructor(maxGrants: number) {
    this.#book = new GrantBook(maxGrants);
  }

  start(): Promise<readonly Grant[]> {
    return Promise.resolve(this.#book.grants(this.#nowMs));
  }

  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[] {
    this.#advance(nowMs);
    return openings.map((opening) => this.#open(opening));
  }

  expire(nowMs: number): readonly Grant[] {
    this.#advance(nowMs);
    return this.#book.takeEnded();
  }

  nextExpiryMs(): number | undefined {
    return this.#book.nextExpiryMs();
  }

  listed(nowMs: number): Promise<readonly Grant[]> {
    return Promise.resolve(this.grants(nowMs));
  }

  counted(nowMs: number): ReadonlyMap<Door, number> {
    this.#advance(nowMs);
    return this.#book.counted();
  }

  grants(nowMs: number): readonly Grant[] {
    this.#advance(nowMs);
    return this.#book.grants(this.#nowMs);
  }

  revoke(door: Door, from: Network, nowMs: number): readonly Grant[] {
    this.#advance(nowMs);
    const slots = [...this.#book.openTo(door, from, this.#nowMs)];
    const grants = slots.map((slot) => this.#book.grantAt(slot));
    for (const slot of slots) this.#book.revoke(slot);
    if (grants.length > 0) this.#tell(grants);
    return grants;
  }

  shorten(byMs: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#book.shorten(byMs);
    this.#advance(nowMs);
  }

  block(blocks: readonly Block[], nowMs: number): void {
    this.#advance(nowMs);
    this.#shut = shutRanges(blocks);
  }

  blocked(nowMs: number): readonly CountedRange[] {
    this.#advance(nowMs);
    return this.#shut
      .filter(({ untilMs = Infinity }) => untilMs > this.#nowMs)
      .map(({ family, words }) => ({ family, words, packets: 0, bytes: 0 }));
  }

  onRevoked(listener: (grants: readonly Grant[]) => void): void {
    this.#tell = listener;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #advance(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#book.advance(this.#nowMs);
  }

  #open({ door, source, openForMs, by }: Opening): Outcome {
    const nowMs = this.#nowMs;
    if (door.open.length === 0) return openedNothing(this.#book, door, source, nowMs);
    const admission = this.#book.enter(door, source, nowMs, nowMs + openForMs, by);
    if (admission === undefined) return { kind: 'refused', reason: 'max grants' };
    const grant = this.#book.grantAt(admission.slot);
    return { kind: 'opened', grant, renewed: admission.isRenewal };
  }
}

/** What becomes of a door that has no ports to open: a number for its log line, over at once. */
export function openedNothing(
  book: GrantBook,
  door: Door,
  source: Opening['source'],
  nowMs: number,
): Outcome {
  const prefix = source.family === 4 ? 32 : 128;
  const id = book.takeId();
  const grant: Grant = { id, door, source, prefix, ports: [], untilMs: nowMs, by: KNOCK };
  return { kind: 'opened', grant, renewed: false };
}
