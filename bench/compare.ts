import { readFileSync } from 'node:fs';
import type { Figure } from './bench-case.ts';
import type { Machine } from './machine.ts';
import { figureText, type CaseResult } from './report.ts';

export interface Results {
  readonly machine: Machine;
  readonly results: readonly CaseResult[];
}

/** Results that an earlier run wrote. Throws, in one line, where there are none. */
export function readResults(file: string): Results {
  const read = parsed(file, readFileSync(file, 'utf8')) as Partial<Results> | null;
  if (!Array.isArray(read?.results) || read.machine === undefined) {
    throw new Error(`${file} holds no results of a bench`);
  }
  return read as Results;
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Whether figures without a rival may be compared: they carry over between runs of one machine alone. */
export function isSameMachine(before: Machine, after: Machine): boolean {
  return (
    before.processor === after.processor &&
    before.cores === after.cores &&
    before.memoryGiB === after.memoryGiB
  );
}

/** Two runs of the same thing differ by so much on a quiet machine, whatever their spread says. */
const LEAST_NOISE = 0.05;
/** What a single run, which has no spread, is taken to differ by. */
const NOISE_OF_ONE_RUN = 0.1;
/** Instructions are the same ones each time, but for what the start of a process leaves in a difference. */
const NOISE_OF_COUNTS = 0.01;

/**
 * A line for each figure of either run. Figures with a rival are compared by their ratio to it, since
 * that carries over between machines; others as they are, on one machine. A change is marked when it
 * exceeds what the runs' own spreads explain. A figure of the earlier run that a case of this one no
 * longer has is `gone`, where both ran alike: a quick run has fewer.
 */
export function comparison(
  before: readonly CaseResult[],
  after: readonly CaseResult[],
  { hasSameMachine = true, ranAlike = true } = {},
): readonly string[] {
  const earlier = new Map(before.flatMap(named));
  const later = new Map(after.flatMap(named));
  const ran = new Set(after.map(({ name }) => name));
  const lost = before.filter(({ name }) => ranAlike && ran.has(name)).flatMap(named);
  return [
    ...[...later].map(([name, now]) => {
      const then = earlier.get(name);
      if (then === undefined) return `${name}: new`;
      return `${changeOf(then, now, hasSameMachine)}  ${name}: ${valuesOf(then, now)}`;
    }),
    ...lost.filter(([name]) => !later.has(name)).map(([name]) => `${name}: gone`),
  ];
}

function changeOf(then: Figure, now: Figure, hasSameMachine: boolean): string {
  const [was, is] = [measure(then), measure(now)];
  if (is.isRatio !== was.isRatio) return 'no rival in one of them';
  if (!is.isRatio && !hasSameMachine) return 'of another machine';
  const change = is.value / was.value;
  const noise = isCount(now) ? NOISE_OF_COUNTS : LEAST_NOISE + was.noise + is.noise;
  const better = is.isRatio || isMoreBetter(now) ? change : 1 / change;
  const verdict = better < 1 - noise ? 'WORSE' : better > 1 + noise ? 'better' : 'same';
  return `${verdict.padEnd(6)} ${figureText(change)} (noise ${figureText(noise)})`;
}

function valuesOf(then: Figure, now: Figure): string {
  const [was, is] = [measure(then), measure(now)];
  return `${figureText(was.value)} -> ${figureText(is.value)} ${is.unit}`;
}

function named({ name, figures }: CaseResult): (readonly [string, Figure])[] {
  return figures.map((figure) => {
    const against = figure.rival === undefined ? '' : ` against ${figure.rival.name}`;
    return [`${name}: ${figure.what}${against}`, figure] as const;
  });
}

function measure({ ours, unit, ratio, rival, noise }: Figure): {
  readonly value: number;
  readonly unit: string;
  readonly noise: number;
  readonly isRatio: boolean;
} {
  const own = noise || NOISE_OF_ONE_RUN;
  if (ratio !== undefined) {
    return { value: ratio, unit: 'times', noise: own + (rival?.noise ?? 0), isRatio: true };
  }
  const [, all] = /^of (\d+)$/.exec(unit) ?? [];
  if (all === undefined) return { value: ours, unit, noise: own, isRatio: false };
  return { value: ours / Number(all), unit: 'of all', noise: 0, isRatio: false };
}

function isCount({ unit }: Figure): boolean {
  return unit === 'instructions/packet';
}

/** `/s`, `lines/s`, `of 20`: of whatever is counted, and is no time. */
function isMoreBetter({ unit }: Figure): boolean {
  return unit.endsWith('/s') || unit.startsWith('of ');
}
