import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const LOGS: string = join(import.meta.dirname, '../golden/logs');

/** A log of test/golden/logs as it can be pasted: without the entry whose field is binary, which is no packet. */
export function pastedLog(name: string): string {
  const text = readFileSync(join(LOGS, name), 'latin1');
  return text.replace(/__CURSOR=s=0f;i=3\n[^]*?(?=__CURSOR=s=0f;i=4\n)/, '');
}
