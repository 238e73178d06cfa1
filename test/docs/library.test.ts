import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');

/** The examples that run, by the heading they stand under. */
const EXAMPLES = PAGE.split(/^## /m)
  .map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    code: /^```js\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? '',
  }))
  .filter(({ code }) => code !== '');

const PRINTED: Record<string, RegExp> = {
  'Read a capture': /^198\.51\.100\.7 41187\n[\s\S]*71 packets\n$/,
  'Decide on it':
    /^demo would open for 198\.51\.100\.7\n[\s\S]*demo would open for 2001:db8:51::17\n/,
  'Open doors': /^opened\nrefused\n1 ended\n$/,
  Knock: /^$/,
};

describe('an example of docs/library.md', () => {
  it('stands under each heading that promises one', () => {
    expect(EXAMPLES.map(({ title }) => title)).toEqual(Object.keys(PRINTED));
  });

  it.each(EXAMPLES)('runs as it is printed: $title', ({ title, code }) => {
    const { status, stdout, stderr } = runExample(code);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(PRINTED[title]!);
  });
});

/** Lowered as a user's TypeScript would be, and run as a module of this package, which knows itself by name. */
function runExample(code: string): ReturnType<typeof spawnSync> & { stdout: string } {
  const folder = mkdtempSync(join(ROOT, 'build/example-'));
  try {
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    writeFileSync(join(folder, 'example.mjs'), outputText);
    return spawnSync(process.execPath, [join(folder, 'example.mjs')], {
      cwd: ROOT,
      encoding: 'utf8',
    }) as ReturnType<typeof spawnSync> & { stdout: string };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
