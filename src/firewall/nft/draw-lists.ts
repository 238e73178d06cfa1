import type { AddressRanges } from '../../tuple/address-ranges.ts';
import { NO_RANGES } from '../../tuple/address-ranges.ts';
import { KEY, type Chain, type RangeSet, type Rule, type ShutSet, type TableSet } from './table.ts';

/** Who is let in, or shut out, whatever knocks. */
export interface Lists {
  /** Guarded ports let them in without a knock. */
  readonly allow: AddressRanges;
  /** Guarded ports are shut for them, knock or not; who is allowed or trusted is not blocked. */
  readonly block: AddressRanges;
  /** Where they are shut out: at guarded ports, or by all that comes to this host. */
  readonly scope: 'guarded' | 'all';
  /** Whether each blocked range counts its packets. */
  readonly hasCounters: boolean;
  /** Whether somebody is, or may soon be, blocked by hand or for scanning. */
  readonly isByHand: boolean;
}

export const NO_LISTS: Lists = {
  allow: NO_RANGES,
  block: NO_RANGES,
  scope: 'guarded',
  hasCounters: false,
  isByHand: false,
};

/** Sets of who is blocked for a time, or by hand; apart from the lists, since to change a long one takes long. */
export const SHUT: readonly [ShutSet, ShutSet] = [
  { kind: 'shut', name: 'shut4', family: 4 },
  { kind: 'shut', name: 'shut6', family: 6 },
];

/** The sets that lists need; none for a list that is empty. */
export function drawListSets({ allow, block, hasCounters, isByHand }: Lists): TableSet[] {
  const sets: RangeSet[] = [
    { kind: 'ranges', name: 'allow4', family: 4, ranges: allow.ipv4, hasCounters: false },
    { kind: 'ranges', name: 'allow6', family: 6, ranges: allow.ipv6, hasCounters: false },
    { kind: 'ranges', name: 'block4', family: 4, ranges: block.ipv4, hasCounters },
    { kind: 'ranges', name: 'block6', family: 6, ranges: block.ipv6, hasCounters },
  ];
  return [...sets.filter(({ ranges }) => ranges.length > 0), ...(isByHand ? SHUT : [])];
}

/**
 * Rules that stand before any grant is looked up. Who is trusted or allowed comes in, then who is
 * blocked is dropped: so an exception to a wide block is one line of `allow`.
 */
export function listRules(sets: readonly TableSet[], trusted: readonly Rule[]): Rule[] {
  const [allows, blocks] = [rulesOf(sets, isAllow), rulesOf(sets, isBlock)];
  if (blocks.length === 0) return allows;
  return [...trusted, ...allows, ...blocks];
}

/** Before every other chain of input: all that comes from who is blocked, living sessions too. */
export function blockChain(
  sets: readonly TableSet[],
  lists: Lists,
  trusted: readonly Rule[],
): Chain[] {
  if (lists.scope !== 'all' || !sets.some(isBlock)) return [];
  const rules: Rule[] = [
    { matches: [{ kind: 'loopback' }], verdict: { kind: 'accept' } },
    ...listRules(sets, trusted),
  ];
  return [{ name: 'block', hook: { at: 'input', priority: BLOCK_PRIORITY }, rules }];
}

/** Before the guard, at -10. */
const BLOCK_PRIORITY = -11;

function rulesOf(sets: readonly TableSet[], isWanted: (set: TableSet) => boolean): Rule[] {
  return sets.flatMap((set): Rule[] => {
    if ((set.kind !== 'ranges' && set.kind !== 'shut') || !isWanted(set)) return [];
    const key = set.family === 4 ? KEY.address4 : KEY.address6;
    const prefix = set.family === 4 ? 32 : 128;
    const verdict = isAllow(set)
      ? ({ kind: 'accept' } as const)
      : ({ kind: 'counter drop' } as const);
    return [{ matches: [{ kind: 'source', set: set.name, key, prefix }], verdict }];
  });
}

function isAllow({ kind, name }: TableSet): boolean {
  return kind === 'ranges' && name.startsWith('allow');
}

function isBlock(set: TableSet): boolean {
  return set.kind === 'shut' || (set.kind === 'ranges' && !isAllow(set));
}
