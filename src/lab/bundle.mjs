// Makes dist/lab/page.html of src/lab/page: one file that needs nothing else, with a policy that allows nothing else.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const PAGE = join(import.meta.dirname, 'page');
const ROOT = join(import.meta.dirname, '../..');
const OUTPUT = join(ROOT, 'dist/lab');

/** What stands in the page for what only node has. */
const STAND_INS = {
  'node:buffer': 'buffer',
  'node:crypto': 'crypto',
  'node:fs': 'fs',
  'node:path': 'path',
  'node:timers/promises': 'timers',
};

const standIns = {
  name: 'stand-ins',
  setup({ onResolve }) {
    const at = (name) => ({ path: join(PAGE, 'stand-in', `${name}.ts`) });
    onResolve({ filter: /^node:/ }, ({ path }) =>
      Object.hasOwn(STAND_INS, path)
        ? at(STAND_INS[path])
        : { errors: [{ text: `nothing stands in for ${path}` }] },
    );
    onResolve({ filter: /\/primitives\.ts$/ }, () => at('primitives'));
  },
};

async function bundle(entry, more) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(PAGE, entry)],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    charset: 'utf8',
    legalComments: 'none',
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
    ...more,
  });
  return { text: outputFiles[0].text.trim(), inputs: Object.keys(metafile.inputs) };
}

const { text: script, inputs } = await bundle('main.ts', {
  format: 'esm',
  plugins: [standIns],
  inject: [join(PAGE, 'stand-in/globals.ts')],
  define: { global: 'globalThis' },
});
const { text: style } = await bundle('page.css', {});

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The licences of the packages that are in the page. */
function notices() {
  const folders = inputs.flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  return [...new Set(folders)]
    .sort()
    .map((folder) => {
      const name = folder.replace(/^.*node_modules\//, '');
      const { license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
      const file = readdirSync(join(ROOT, folder)).find((each) => /^licen[sc]e/i.test(each));
      const text = file === undefined ? '' : readFileSync(join(ROOT, folder, file), 'utf8').trim();
      return `The package ${name}, in the lab's page, has this licence, ${license}:\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(72)}\n\n`);
}

/** Fills the one empty place that is written so. */
function filled(page, place, text) {
  const [before, after, ...more] = page.split(place);
  if (after === undefined || more.length > 0) throw new Error(`page.html has not one ${place}`);
  return before + text + after;
}

let page = readFileSync(join(PAGE, 'page.html'), 'utf8');
page = filled(page, 'content=""', `content="${policy}"`);
page = filled(page, '<style></style>', `<style>${style}</style>`);
page = filled(page, '<script type="module"></script>', `<script type="module">${script}</script>`);
mkdirSync(OUTPUT, { recursive: true });
writeFileSync(join(OUTPUT, 'page.html'), page);
writeFileSync(join(OUTPUT, 'notices.txt'), notices());
