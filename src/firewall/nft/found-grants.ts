import type { Door, OpenPorts } from '../../door/door.ts';
import { grantPrefix } from '../../door/grant-prefix.ts';
import type { Address } from '../../tuple/address.ts';
import type { Grant } from '../firewall.ts';
import { giverOf } from '../giver.ts';
import type { Layout } from './draw-table.ts';
import { NO_DOOR, type ElementRows } from './element-rows.ts';
import { MIN_OPEN_MS } from './options.ts';

/** Rows of one set as they were read. */
export interface FoundElements {
  readonly set: number;
  readonly rows: ElementRows;
}

/**
 * The grants of an earlier daemon of this boot, put together from their elements. What is not ours is
 * left out: elements without our tag (typed by hand, or come back with a saved ruleset), without an end,
 * of doors that are no more, or of ports that their door no longer opens.
 */
export function foundGrants(
  found: readonly FoundElements[],
  layout: Pick<Layout, 'grantSets' | 'targets'>,
  doors: readonly Door[],
  nowMs: number,
): Grant[] {
  const grants = new Map<number, DraftGrant>();
  for (const { set, rows } of found) {
    const family = isIpv6(layout.grantSets[set]!.key) ? 6 : 4;
    for (let row = 0; row < rows.capacity; row++) {
      const door = doors[rows.door[row]!];
      const ports = door === undefined ? [] : portsOf(layout, door, family, rows, row);
      const untilMs = untilOf(rows, row, nowMs);
      if (door === undefined || ports.length === 0 || untilMs === undefined) continue;
      const id = rows.grant[row]!;
      const known = grants.get(id);
      if (known === undefined) {
        const source = addressAt(rows, row, family);
        const by = giverOf(rows.giver[row]!);
        const prefix = grantPrefix(door, family);
        grants.set(id, { id, door, source, prefix, ports, untilMs, by });
      } else {
        known.ports.push(...ports.filter((each) => !known.ports.includes(each)));
        known.untilMs = Math.max(known.untilMs, untilMs);
      }
    }
  }
  return [...grants.values()];
}

/** Grants with the ends that the kernel has for them, where it has any. */
export function* withEnds(
  grants: Iterable<Grant>,
  ends: ReadonlyMap<number, number>,
): Generator<Grant> {
  for (const grant of grants) yield { ...grant, untilMs: ends.get(grant.id) ?? grant.untilMs };
}

interface DraftGrant extends Grant {
  readonly ports: OpenPorts[];
  untilMs: number;
}

export function isIpv6(key: number): boolean {
  return (key & 1) === 1;
}

export function addressAt(rows: ElementRows, row: number, family: 4 | 6): Address {
  const { word0, word1, word2, word3 } = rows;
  return { family, words: [word0[row]!, word1[row]!, word2[row]!, word3[row]!] };
}

/** The earlier of what the kernel says and what the tag says; undefined if it is not ours or over. */
function untilOf(rows: ElementRows, row: number, nowMs: number): number | undefined {
  const isOurs = rows.action[row] === 1 && rows.door[row] !== NO_DOOR;
  const untilMs = Math.min(nowMs + rows.timeoutMs[row]!, rows.deadlineMs[row]!);
  return isOurs && untilMs - nowMs >= MIN_OPEN_MS ? untilMs : undefined;
}

/** The ports that an element is for: all of its door's, where the set knows addresses alone. */
function portsOf(
  layout: Pick<Layout, 'targets'>,
  door: Door,
  family: 4 | 6,
  rows: ElementRows,
  row: number,
): OpenPorts[] {
  const targets = layout.targets.get(door)?.[family === 4 ? 'ipv4' : 'ipv6'] ?? [];
  return targets
    .filter(
      ({ set, protocol, port }) =>
        set === rows.set[row] && protocol === rows.protocol[row] && port === rows.port[row],
    )
    .map(({ ports }) => ports);
}
