import type { Door } from '../../door/door.ts';
import type { GrantBook } from '../grant-book.ts';
import { NO_SLOT } from '../grant-table.ts';
import type { DoorTargets, Layout, Target } from './draw-table.ts';
import type { ElementRows } from './element-rows.ts';
import { addressAt, isIpv6, type FoundElements } from './found-grants.ts';

/** The kernel counts in ticks, and from a moment later than we do. */
const CLOCK_SLACK_MS = 100;

/** An element that should be other than it is: that of a grant, at one of its targets. */
export interface Wanting {
  readonly slot: number;
  readonly target: Target;
}

/** How the kernel's sets differ from the book. */
export interface Differences {
  /** Rows that are nobody's grant. */
  readonly foreign: readonly { readonly rows: ElementRows; readonly row: number }[];
  /** Elements that are there, but not as the book has them. */
  readonly wrong: readonly Wanting[];
  /** Elements that are not there though their set is. */
  readonly missing: readonly Wanting[];
}

/** Elements, and when the kernel was asked for them. */
export interface Reading {
  readonly found: readonly FoundElements[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether others have elements in these sets, which are none of our business. */
  readonly sparesOthers?: boolean;
}

interface Owner {
  readonly door: Door;
  readonly target: Target;
  /** Place of the target among the door's. */
  readonly nth: number;
}

/**
 * Compares the book with the elements of sets that are still those we made. What is missing there was
 * taken away by somebody: nothing but a deletion ends an element before its time.
 */
export function compare(
  book: GrantBook,
  layout: Pick<Layout, 'grantSets' | 'targets'>,
  doors: readonly Door[],
  { found, fromMs, toMs, sparesOthers = false }: Reading,
): Differences {
  if (found.length === 0) return NONE;
  const owners = ownersByElement(layout);
  const width = Math.max(1, ...doors.map((door) => mostTargets(layout.targets.get(door))));
  const seen = new Uint8Array(book.table.page.length * width);
  const slackMs = CLOCK_SLACK_MS + (toMs - fromMs);
  const foreign: { rows: ElementRows; row: number }[] = [];
  const wrong: Wanting[] = [];
  const { untilMs, id } = book.table;

  for (const { set, rows } of found) {
    const family = isIpv6(layout.grantSets[set]!.key) ? 6 : 4;
    for (let row = 0; row < rows.capacity; row++) {
      if (sparesOthers && rows.action[row] !== 1) continue;
      const source = addressAt(rows, row, family);
      let lasting: Wanting | undefined;
      for (const { door, target, nth } of owners.get(elementKey(set, rows, row)) ?? []) {
        const slot = book.find(door, source);
        if (slot === NO_SLOT || untilMs[slot]! <= toMs) continue;
        seen[slot * width + nth] = 1;
        if (lasting === undefined || untilMs[slot]! > untilMs[lasting.slot]!) {
          lasting = { slot, target };
        }
      }
      if (lasting === undefined) {
        if (rows.timeoutMs[row]! > slackMs) foreign.push({ rows, row });
      } else {
        const leftMs = untilMs[lasting.slot]! - toMs;
        const isRight =
          rows.action[row] === 1 &&
          rows.grant[row] === id[lasting.slot] &&
          Math.abs(rows.timeoutMs[row]! - leftMs) <= slackMs;
        if (!isRight && leftMs > slackMs) wrong.push(lasting);
      }
    }
  }
  return { foreign, wrong, missing: missing(book, layout, found, seen, width, toMs + slackMs) };
}

/** Where nothing was read, nothing is known to differ. */
const NONE: Differences = { foreign: [], wrong: [], missing: [] };

/** A machine behind may have targets of one family alone. */
function mostTargets(targets: DoorTargets | undefined): number {
  return Math.max(targets?.ipv4.length ?? 0, targets?.ipv6.length ?? 0);
}

function missing(
  book: GrantBook,
  layout: Pick<Layout, 'grantSets' | 'targets'>,
  found: readonly FoundElements[],
  seen: Uint8Array,
  width: number,
  afterMs: number,
): Wanting[] {
  const readSets = new Set(found.map(({ set }) => set));
  const wanting: Wanting[] = [];
  for (const slot of book.openAt(afterMs)) {
    const targets = layout.targets.get(book.doorAt(slot));
    const ports = book.portsAt(slot);
    for (const [nth, target] of (targets?.[book.familyAt(slot)] ?? []).entries()) {
      const isSeen = seen[slot * width + nth] === 1;
      if (isSeen || !readSets.has(target.set) || !ports.includes(target.ports)) continue;
      wanting.push({ slot, target });
    }
  }
  return wanting;
}

/** Which doors' grants an element may be. */
function ownersByElement({
  targets,
}: Pick<Layout, 'targets'>): ReadonlyMap<number, readonly Owner[]> {
  const owners = new Map<number, Owner[]>();
  for (const [door, { ipv4, ipv6 }] of targets) {
    for (const family of [ipv4, ipv6]) {
      for (const [nth, target] of family.entries()) {
        const key = keyOf(target.set, target.protocol, target.port);
        const known = owners.get(key);
        if (known === undefined) owners.set(key, [{ door, target, nth }]);
        else known.push({ door, target, nth });
      }
    }
  }
  return owners;
}

function elementKey(set: number, { protocol, port }: ElementRows, row: number): number {
  return keyOf(set, protocol[row]!, port[row]!);
}

function keyOf(set: number, protocol: number, port: number): number {
  return (set << 24) | (protocol << 16) | port;
}
