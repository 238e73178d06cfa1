import { parentPort, workerData } from 'node:worker_threads';
import type { PatternGroups, PatternTask } from './patterns.ts';

/** At no message: all of them are done. */
const NOWHERE = -1;

/** Runs users' expressions, which may take for ever: whoever started this ends it then. */
const { patterns, progress } = workerData as PatternTask;
const expressions = patterns.map((pattern) => new RegExp(pattern, 'u'));

parentPort!.on('message', (texts: readonly string[]) => {
  const found = texts.map((text, at) => {
    Atomics.store(progress, 0, at);
    return firstMatch(text);
  });
  Atomics.store(progress, 0, NOWHERE);
  parentPort!.postMessage(found);
});

function firstMatch(text: string): PatternGroups | undefined {
  for (const expression of expressions) {
    const groups = expression.exec(text)?.groups;
    if (groups !== undefined) return { ...groups };
  }
  return undefined;
}
