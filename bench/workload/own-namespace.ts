import { networkInterfaces } from 'node:os';

/**
 * Ends the process where it might change the machine's own ruleset: in a bench's namespace nothing is
 * up but `lo` and an end of its pair, `ptn...`.
 */
export function expectOwnNamespace(): void {
  const names = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (names.length > 0 && names.every((name) => name.startsWith('ptn'))) return;
  console.error('no network namespace of a bench: run this by `npm run bench`');
  process.exit(2);
}
