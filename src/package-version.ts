import { readFileSync } from 'node:fs';

/** The version in package.json. */
export function packageVersion(): string {
  const at = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(at, 'utf8')) as { version: string }).version;
}
