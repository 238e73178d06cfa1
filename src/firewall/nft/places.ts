import type { Door } from '../../door/door.ts';
import type { Address } from '../../tuple/address.ts';
import type { GrantBook } from '../grant-book.ts';
import { NO_SLOT } from '../grant-table.ts';
import type { Layout, Target } from './draw-table.ts';

/** An element that the book asks for. */
export interface BookElement {
  readonly target: Target;
  readonly slot: number;
}

/** Where the grants of a book lie in the kernel's sets. */
export class Places {
  readonly #book: GrantBook;
  readonly #layout: () => Pick<Layout, 'targets'>;
  readonly #doorIndex: ReadonlyMap<Door, number>;

  /** `layout`: as it is at the time, since a table may be drawn anew. */
  constructor(book: GrantBook, doors: readonly Door[], layout: () => Pick<Layout, 'targets'>) {
    this.#book = book;
    this.#layout = layout;
    this.#doorIndex = new Map(doors.map((door, index) => [door, index]));
  }

  /** The elements of a door's grant to a source. */
  targetsOf(door: Door, source: Address): readonly Target[] {
    const targets = this.#layout().targets.get(door);
    return (source.family === 4 ? targets?.ipv4 : targets?.ipv6) ?? [];
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

  /** The elements that the grant in a slot asks for. */
  wantedAt(slot: number): readonly Target[] {
    const book = this.#book;
    const targets = this.#layout().targets.get(book.doorAt(slot))?.[book.familyAt(slot)] ?? [];
    if (!book.hasFewer(slot)) return targets;
    const ports = book.portsAt(slot);
    return targets.filter((target) => ports.includes(target.ports));
  }

  /** What the kernel's sets should hold. */
  elementsOfBook(nowMs: number): BookElement[] {
    const elements: BookElement[] = [];
    for (const slot of this.#book.slotsOpenAt(nowMs)) {
      for (const target of this.wantedAt(slot)) elements.push({ target, slot });
    }
    return elements;
  }

  /** How many those are at most. */
  mostElements(): number {
    let count = 0;
    for (const [door, open] of this.#book.counted()) {
      const targets = this.#layout().targets.get(door);
      count += open * Math.max(targets?.ipv4.length ?? 0, targets?.ipv6.length ?? 0);
    }
    return count;
  }
}
