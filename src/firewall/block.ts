import type { Network } from '../tuple/network.ts';
import { wordsOf } from '../tuple/address-ranges.ts';

/** A network that is shut out, by hand or for scanning. */
export interface Block {
  readonly network: Network;
  /** On the firewall's clock; undefined: until it is lifted. */
  readonly untilMs: number | undefined;
}

/** A range that is shut out; blocks that overlap are several of them. */
export interface ShutRange {
  readonly family: 4 | 6;
  /** Words of the first address, then of the last: one each for IPv4, four each for IPv6. */
  readonly words: readonly number[];
  readonly untilMs: number | undefined;
}

/** A range as a firewall has it, and what it kept out. */
export interface CountedRange {
  readonly family: 4 | 6;
  readonly words: readonly number[];
  readonly packets: number;
  readonly bytes: number;
}

/**
 * Blocks that may overlap as ranges that don't, in rising order: each ends when the last of the blocks
 * over it does.
 *
 *     10.0.0.0/8  for an hour      |------------------------|
 *     10.7.0.0/16 for ever                |======|
 *     ranges                       |-----||======||---------|
 */
export function shutRanges(blocks: readonly Block[]): ShutRange[] {
  return [...rangesIn(blocks, 4), ...rangesIn(blocks, 6)];
}

interface Span {
  readonly from: bigint;
  /** The address behind the last. */
  readonly to: bigint;
  readonly untilMs: number;
}

function rangesIn(blocks: readonly Block[], family: 4 | 6): ShutRange[] {
  const spans = blocks
    .filter(({ network }) => network.address.family === family)
    .map(spanOf)
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const edges = [...new Set(spans.flatMap(({ from, to }) => [from, to]))];
  edges.sort((a, b) => (a < b ? -1 : 1));
  const ranges: { from: bigint; to: bigint; untilMs: number }[] = [];
  let over: Span[] = [];
  let next = 0;
  for (const [at, from] of edges.entries()) {
    over = over.filter(({ to }) => to > from);
    while (next < spans.length && spans[next]!.from === from) over.push(spans[next++]!);
    if (over.length === 0) continue;
    const untilMs = over.reduce((most, span) => Math.max(most, span.untilMs), 0);
    const before = ranges.at(-1);
    const to = edges[at + 1]!;
    if (before?.to === from && before.untilMs === untilMs) before.to = to;
    else ranges.push({ from, to, untilMs });
  }
  return ranges.map(({ from, to, untilMs }) => ({
    family,
    words: [...wordsIn(from, family), ...wordsIn(to - 1n, family)],
    untilMs: untilMs === Infinity ? undefined : untilMs,
  }));
}

function spanOf({ network, untilMs }: Block): Span {
  const words = wordsOf(network);
  const half = words.length / 2;
  const value = (some: readonly number[]): bigint =>
    some.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return {
    from: value(words.slice(0, half)),
    to: value(words.slice(half)) + 1n,
    untilMs: untilMs ?? Infinity,
  };
}

function wordsIn(value: bigint, family: 4 | 6): number[] {
  const count = family === 4 ? 1 : 4;
  return Array.from({ length: count }, (_, at) =>
    Number((value >> BigInt(32 * (count - 1 - at))) & 0xffff_ffffn),
  );
}
