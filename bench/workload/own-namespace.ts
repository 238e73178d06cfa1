import { readFileSync } from 'node:fs';

/** Ends the process where it might change the machine's own ruleset: only a bench's pair has a `ptn...` interface. */
export function expectOwnNamespace(): void {
  if (/^\s*ptn/m.test(readFileSync('/proc/self/net/dev', 'utf8'))) return;
  console.error('no network namespace of a bench: run this by `npm run bench`');
  process.exit(2);
}
