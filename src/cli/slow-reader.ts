import { nativeProblem } from '../native.ts';
import { say } from './terminal.ts';

/** Captures are read without the addon, too, about a hundred times slower: that is said once. */
export function saySlowReader(): void {
  const problem = nativeProblem();
  if (problem !== undefined) say(`postern: reading slowly, in TypeScript: ${problem}`);
}
