import { readFileSync } from 'node:fs';
import type { Figure } from './bench-case.ts';
import type { Machine } from './machine.ts';
import { figureText, type CaseResult } from './report.ts';

export interface Results {
  readonly machine: Machine;
  readonly results: readonly CaseResult[];
}

/** Results that an earlier run wrote. */
export function readResults(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8')) as Results;
}

/** Two runs of the same thing differ by so much on a quiet machine, whatever their spread says. */
const LEAST_NOISE = 0.05;

/**
 * A line for each figure that both runs have. Figures with a rival are compared by their ratio to it,
 * since that carries over between machines; others as they are. A change is marked when it exceeds
 * what the runs' own spreads explain.
 */
export function comparison(
  before: readonly CaseResult[],
  after: readonly CaseResult[],
): readonly string[] {
  const earlier = new Map(before.flatMap(named));
  return after.flatMap(named).map(([name, now]) => {
    const then = earlier.get(name);
    if (then === undefined) return `${name}: new`;
    const [was, is] = [measure(then), measure(now)];
    const change = is.value / was.value;
    const noise = LEAST_NOISE + was.noise + is.noise;
    const better = now.ratio !== undefined || isMoreBetter(now) ? change : 1 / change;
    const verdict = better < 1 - noise ? 'WORSE' : better > 1 + noise ? 'better' : 'same';
    return `${verdict.padEnd(6)} ${figureText(change)} (noise ${figureText(noise)})  ${name}: ${figureText(was.value)} -> ${figureText(is.value)} ${is.unit}`;
  });
}

function named({ name, figures }: CaseResult): (readonly [string, Figure])[] {
  return figures.map((figure) => {
    const against = figure.rival === undefined ? '' : ` against ${figure.rival.name}`;
    return [`${name}: ${figure.what}${against}`, figure] as const;
  });
}

function measure({ ours, unit, ratio, rival, noise = 0 }: Figure): {
  readonly value: number;
  readonly unit: string;
  readonly noise: number;
} {
  if (ratio === undefined) return { value: ours, unit, noise };
  return { value: ratio, unit: 'times', noise: noise + (rival?.noise ?? 0) };
}

function isMoreBetter({ unit }: Figure): boolean {
  return unit === '/s' || unit.startsWith('of ');
}
