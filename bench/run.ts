import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase, Figure, Plot } from './bench-case.ts';
import { readArguments } from './arguments.ts';
import { block } from './cases/block.ts';
import { bystander } from './cases/bystander.ts';
import { control } from './cases/control.ts';
import { encoded } from './cases/encoded.ts';
import { firewall } from './cases/firewall.ts';
import { flood } from './cases/flood.ts';
import { growth } from './cases/growth.ts';
import { heal } from './cases/heal.ts';
import { instructions } from './cases/instructions.ts';
import { latency } from './cases/latency.ts';
import { live } from './cases/live.ts';
import { matcher } from './cases/matcher.ts';
import { log } from './cases/log.ts';
import { memory } from './cases/memory.ts';
import { replay } from './cases/replay.ts';
import { workers } from './cases/workers.ts';
import { comparison, isSameMachine, readResults } from './compare.ts';
import { machine } from './machine.ts';
import { figureText, updateReadme, writeResults, type CaseResult } from './report.ts';

const CASES: readonly BenchCase[] = [
  replay,
  instructions,
  matcher,
  live,
  bystander,
  latency,
  flood,
  encoded,
  firewall,
  block,
  heal,
  control,
  memory,
  log,
  growth,
  workers,
];

const { isQuick, only, compareWith } = orRefuse(() => readArguments(process.argv.slice(2)));
const chosen = CASES.filter(({ name }) => only === undefined || name === only);
if (chosen.length === 0) {
  refuse(`no such case: ${only}. There are: ${CASES.map(({ name }) => name).join(', ')}`);
}
const before = compareWith === undefined ? undefined : orRefuse(() => readResults(compareWith));

/** What was measured before an interruption, or beside a case that failed, is not lost. */
let isInterrupted = false;
process.once('SIGINT', () => (isInterrupted = true));

const results: CaseResult[] = [];
for (const each of chosen) {
  console.log(`\n${each.name}: ${each.question}`);
  const began = performance.now();
  const result = await answer(each);
  if (result.obstacle !== undefined) console.log(`  left out: ${result.obstacle}`);
  console.log(`  (${((performance.now() - began) / 1000).toFixed(0)} s)`);
  results.push(result);
}

const where = machine();
if (only === undefined) {
  writeResults(where, results, isQuick ? 'quick' : 'latest');
  if (!isQuick && !isInterrupted) updateReadme(where, results);
}
if (before !== undefined) {
  const { processor, cores, commit, command } = before.machine;
  const hasSameMachine = isSameMachine(before.machine, where);
  const ranAlike = command.includes('--quick') === isQuick;
  console.log(`\nagainst ${compareWith} (commit ${commit}; ${command}):`);
  if (!hasSameMachine)
    console.log(`  it is of another machine (${cores} x ${processor}): ratios alone count`);
  for (const text of comparison(before.results, results, { hasSameMachine, ranAlike }))
    console.log(`  ${text}`);
}

/** Ends the run before it begins, with a line that says why. */
function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

function orRefuse<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    return refuse(`bench: ${(error as Error).message}`);
  }
}

async function answer({ name, question, obstacle, run }: BenchCase): Promise<CaseResult> {
  const without = (why: string): CaseResult => {
    return { name, question, figures: [], plots: [], obstacle: why };
  };
  const why = isInterrupted ? 'interrupted' : obstacle();
  if (why !== undefined) return without(why);
  const plots: Plot[] = [];
  const figures: Figure[] = [];
  const leftOut: string[] = [];
  const log = (text: string): void => console.log(`  ${text}`);
  const draw = (plot: Plot): unknown => plots.push(plot);
  const leaveOut = (what: string, its: string): unknown => leftOut.push(`${what}: ${its}`);
  try {
    for await (const figure of run({ isQuick, log, draw, leaveOut })) {
      log(line(figure));
      figures.push(figure);
      if (isInterrupted) break;
    }
  } catch (error) {
    process.exitCode = 1;
    await sleep(10); // Ctrl-C ends a program that is waited for before this process hears of it
    if (!isInterrupted) leftOut.push(`failed: ${(error as Error).message}`);
  }
  if (isInterrupted) leftOut.push('interrupted');
  const rest = leftOut.length === 0 ? {} : { obstacle: leftOut.join('; ') };
  return { name, question, figures, plots, ...rest };
}

function line({ what, unit, ours, rival, ratio, target, note }: Figure): string {
  const theirs = rival === undefined ? '' : `   ${rival.name} ${figureText(rival.value)} ${unit}`;
  const times = ratio === undefined ? '' : `   ${figureText(ratio)} times better`;
  const bar = target === undefined ? '' : `   (target: ${target})`;
  const remark = note === undefined ? '' : `   (${note})`;
  return `${what}: ${figureText(ours)} ${unit}${theirs}${times}${bar}${remark}`;
}
