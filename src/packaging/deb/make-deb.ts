import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Assets } from '../assets.ts';
import { accompanyingFiles } from './accompanying-files.ts';
import { controlText } from './control.ts';
import type { Entry } from './entry.ts';
import { libraryDepends } from './libraries.ts';
import { MAINTAINER_SCRIPTS } from './maintainer-scripts.ts';
import { programFiles } from './program-files.ts';
import { readSource, run, type Source } from './source.ts';

/** Makes build/postern_VERSION_ARCHITECTURE.deb out of what has been built; its path. */
export function makeDeb(root: string, assetsAt: (epoch: number) => Assets): string {
  const source = readSource(root);
  const assets = assetsAt(source.epoch);
  const folder = mkdtempSync(join(tmpdir(), 'postern-deb-'));
  const stage = join(folder, 'root');
  try {
    const addon = stripped(join(root, 'build/Release/postern.node'), folder);
    const entries = [...programFiles(root, addon), ...accompanyingFiles(source, assets)];
    for (const entry of entries) lay(stage, entry);
    for (const entry of controlFiles(source, entries, addon)) lay(stage, entry);
    const name = `postern_${source.version}_${source.architecture}.deb`;
    const target = join(root, 'build', name);
    const env = { SOURCE_DATE_EPOCH: String(source.epoch) };
    run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', stage, target], env);
    return target;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function stripped(addon: string, folder: string): Uint8Array {
  const copy = join(folder, 'postern.node');
  run('strip', ['--strip-unneeded', '-o', copy, addon]);
  const bytes = readFileSync(copy);
  rmSync(copy);
  return bytes;
}

function lay(stage: string, entry: Entry): void {
  const path = join(stage, entry.path);
  mkdirSync(dirname(path), { recursive: true });
  if ('link' in entry) return symlinkSync(entry.link, path);
  writeFileSync(path, entry.content);
  chmodSync(path, entry.mode);
}

function controlFiles(source: Source, entries: readonly Entry[], addon: Uint8Array): Entry[] {
  const contents = entries.flatMap((entry) => ('content' in entry ? [entry] : []));
  const bytes = contents.reduce((sum, { content }) => sum + Buffer.from(content).length, 0);
  const sums = contents.map(({ path, content }) => {
    const sum = createHash('md5').update(content).digest('hex');
    return `${sum}  ${path.slice(1)}\n`;
  });
  const settings = contents.filter(({ path }) => path.startsWith('/etc/'));
  const texts = {
    control: controlText({
      ...source,
      installedKib: Math.ceil(bytes / 1024),
      libraries: libraryDepends(addon),
    }),
    md5sums: sums.join(''),
    conffiles: settings.map(({ path }) => `${path}\n`).join(''),
  };
  return [
    ...Object.entries(texts).map(([name, content]) => control(name, content, 0o644)),
    ...Object.entries(MAINTAINER_SCRIPTS).map(([name, content]) => control(name, content, 0o755)),
  ];
}

function control(name: string, content: string, mode: number): Entry {
  return { path: `/DEBIAN/${name}`, content, mode };
}
