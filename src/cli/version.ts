import { readFileSync } from 'node:fs';

/** Our own version. */
export function version(): string {
  const at = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(at, 'utf8')) as { version: string }).version;
}
