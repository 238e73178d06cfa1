import type { BenchCase } from './bench-case.ts';
import { firewall } from './cases/firewall.ts';
import { heal } from './cases/heal.ts';
import { latency } from './cases/latency.ts';
import { matcher } from './cases/matcher.ts';
import { live } from './cases/live.ts';
import { memory } from './cases/memory.ts';
import { replay } from './cases/replay.ts';
import { machine } from './machine.ts';
import { figureText, updateReadme, writeResults, type CaseResult } from './report.ts';

const CASES: readonly BenchCase[] = [replay, matcher, live, latency, firewall, heal, memory];

const args = process.argv.slice(2);
const isQuick = args.includes('--quick');
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
const chosen = CASES.filter(({ name }) => only === undefined || name === only);
if (chosen.length === 0) {
  console.error(`no such case: ${only}. There are: ${CASES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const results: CaseResult[] = [];
for (const { name, question, obstacle, run } of chosen) {
  console.log(`\n${name}: ${question}`);
  const why = obstacle();
  if (why !== undefined) {
    console.log(`  left out: ${why}`);
    results.push({ name, question, figures: [], obstacle: why });
    continue;
  }
  const figures = await run({ isQuick, log: (line) => console.log(`  ${line}`) });
  for (const { what, unit, ours, rival, ratio, target } of figures) {
    const theirs = rival === undefined ? '' : `   ${rival.name} ${figureText(rival.value)} ${unit}`;
    const times = ratio === undefined ? '' : `   ${figureText(ratio)} times better`;
    const bar = target === undefined ? '' : `   (target: ${target})`;
    console.log(`  ${what}: ${figureText(ours)} ${unit}${theirs}${times}${bar}`);
  }
  results.push({ name, question, figures });
}
if (only === undefined) {
  const where = machine();
  writeResults(where, results, isQuick ? 'quick' : 'latest');
  if (!isQuick) updateReadme(where, results);
}
