import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import type { Ask } from '../daemon/ask-who-stays.ts';

/** So long nobody has to wait for who is not there. */
const PATIENCE_MS = 30_000;

/** Asks at the terminal that we were started from; undefined: there is none, or it is not ours now. */
export function askTerminal(): Ask | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY || !isInForeground()) return undefined;
  return async (question) => {
    const input = createInterface({
      input: process.stdin,
      output: process.stderr,
      terminal: false,
    });
    const patience = AbortSignal.timeout(PATIENCE_MS);
    try {
      const gone = new Promise<undefined>((over) => input.once('close', () => over(undefined)));
      return await Promise.race([input.question(question, { signal: patience }), gone]);
    } catch {
      process.stderr.write('\n');
      return undefined;
    } finally {
      input.close();
      process.stdin.unref();
    }
  };
}

/** Whoever reads from a terminal in the background is stopped. */
function isInForeground(): boolean {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [, , , group, , , terminalGroup] = stat.slice(stat.lastIndexOf(')') + 1).split(' ');
  return group !== undefined && group === terminalGroup;
}
