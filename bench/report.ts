import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Plot } from './bench-case.ts';
import type { Machine } from './machine.ts';
import { htmlPage } from './page.ts';
import { ROOT } from './programs.ts';

export interface CaseResult {
  readonly name: string;
  readonly question: string;
  readonly figures: readonly Figure[];
  readonly plots: readonly Plot[];
  /** Why it was left out, or what came after these figures was. */
  readonly obstacle?: string;
}

/** Writes results as JSON, as Markdown, and, of a full run, as the page `bench/report.html`. */
export function writeResults(machine: Machine, results: readonly CaseResult[], name: string): void {
  const folder = join(ROOT, 'bench/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ machine, results }, null, 2)}\n`);
  writeFileSync(join(folder, `${name}.md`), markdown(machine, results));
  const page = name === 'latest' ? 'bench/report.html' : `bench/results/${name}.html`;
  writeFileSync(join(ROOT, page), htmlPage(machine, results));
}

/** Puts the figures that have a target into the README, between the marks that wait for them there. */
export function updateReadme(machine: Machine, results: readonly CaseResult[]): void {
  const file = join(ROOT, 'README.md');
  const { processor, cores, kernel, node, commit, date, command } = machine;
  const withTarget = results
    .flatMap(({ figures }) => figures)
    .filter(({ target }) => target !== undefined);
  const table = [
    ...tableOf(withTarget),
    '',
    `On ${date}: ${cores} x ${processor}, kernel ${kernel}, node ${node}, commit ${commit}; \`${command}\`.`,
  ].join('\n');
  const text = readFileSync(file, 'utf8');
  const filled = text.replace(
    /<!-- figures -->[\s\S]*<!-- \/figures -->/,
    () => `<!-- figures -->\n${table}\n<!-- /figures -->`,
  );
  writeFileSync(file, filled);
}

export function markdown(machine: Machine, results: readonly CaseResult[]): string {
  const { processor, cores, memoryGiB, kernel, node, commit, date, command } = machine;
  const lines = [
    `# Measured on ${date}`,
    '',
    `${cores} x ${processor}, ${memoryGiB} GiB, kernel ${kernel}, node ${node}, commit ${commit}. Command: \`${command}\`.`,
  ];
  for (const { question, name, figures, obstacle } of results) {
    lines.push('', `## ${question}`, '', `Case \`${name}\`.`, '');
    if (figures.length > 0) lines.push(...tableOf(figures));
    if (obstacle !== undefined) lines.push(`Left out: ${obstacle}.`);
  }
  return `${lines.join('\n')}\n`;
}

function tableOf(figures: readonly Figure[]): string[] {
  return [
    '| what | ours | rival | times better | target |',
    '|---|---|---|---|---|',
    ...figures.map(row),
  ];
}

function row({ what, unit, ours, noise, rival, ratio, target, note }: Figure): string {
  const against =
    rival === undefined
      ? ''
      : `${rival.name}: ${figureText(rival.value)} ${unit}${spreadText(rival.noise)}`;
  const theirs = [against, note ?? ''].filter((text) => text !== '').join('; ');
  const times = ratio === undefined ? '' : `${figureText(ratio)}`;
  return `| ${what} | ${figureText(ours)} ${unit}${spreadText(noise)} | ${theirs} | ${times} | ${target ?? ''} |`;
}

/** Half of what lies between the least and the greatest run; nothing for a single one. */
export function spreadText(noise: number | undefined): string {
  return noise === undefined || !Number.isFinite(noise) || noise === 0
    ? ''
    : ` ±${Math.round(noise * 100)} %`;
}

/** Three figures that count. */
export function figureText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(digits, 4));
}
