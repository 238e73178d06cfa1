import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtimePackages } from './runtime-packages.ts';

/** Our licence, and those of the packages that come along, by themselves or in the lab's page. */
export function copyrightText(root: string): string {
  const ours = readFileSync(join(root, 'LICENSE'), 'utf8').trim();
  const others = runtimePackages(root).map(
    ({ name, folder, license, text }) =>
      `The package ${name} (in /usr/lib/postern/${folder}) has this licence, ${license}:\n\n${text}`,
  );
  const inPage = readFileSync(join(root, 'dist/lab/notices.txt'), 'utf8').trim();
  const rule = `\n\n${'-'.repeat(72)}\n\n`;
  return `${[`Postern has this licence:\n\n${ours}`, ...others, inPage].join(rule)}\n`;
}
