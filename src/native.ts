import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COUNTERS, TUPLE_COLUMNS } from './tuple/columns.ts';

/** The addon's face. Rooms that use a class of it describe that class beside their own code. */
export interface NativeAddon {
  readonly layout: readonly { readonly name: string; readonly type: string }[];
  readonly counters: readonly string[];
}

let loaded: NativeAddon | Error | undefined;

/** The addon. Throws an error that names the command to run where it is missing or of another build. */
export function native(): NativeAddon {
  loaded ??= load();
  if (loaded instanceof Error) throw loaded;
  return loaded;
}

/** Whether the addon can be used here. */
export function hasNative(): boolean {
  return nativeProblem() === undefined;
}

/** Why the addon can't be used here, and the command to run; undefined if it can. */
export function nativeProblem(): string | undefined {
  loaded ??= load();
  return loaded instanceof Error ? loaded.message : undefined;
}

/** The file that the addon was loaded from. */
export function addonPath(): string {
  native();
  return loadedFrom;
}

let loadedFrom = '';

function load(): NativeAddon | Error {
  const require = createRequire(import.meta.url);
  const reasons: string[] = [];
  for (const file of candidates()) {
    if (!existsSync(file)) continue;
    try {
      const addon = require(file) as NativeAddon;
      checkLayout(addon);
      loadedFrom = file;
      return addon;
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  const why = reasons.length > 0 ? reasons.join('; ') : 'it has not been built';
  return new Error(
    `the native addon can't be loaded (${why}). Run: apt-get install g++ && npm rebuild`,
  );
}

/**
 * Where an addon can lie, best first: what `npm ci` built here, then a prebuilt one. POSTERN_ADDON names
 * another (a sanitizer build), and then no other will do.
 */
function* candidates(): Generator<string> {
  const asked = process.env['POSTERN_ADDON'];
  if (asked !== undefined) {
    yield asked;
    return;
  }
  const root = fileURLToPath(new URL('..', import.meta.url));
  yield join(root, 'build/Release/postern.node');
  // Asking which C library this is takes 20 ms, so only where the answer matters.
  const prebuilds = join(root, 'prebuilds');
  if (existsSync(prebuilds)) yield join(prebuilds, platformName(), 'postern.node');
}

function checkLayout(addon: NativeAddon): void {
  const expected = TUPLE_COLUMNS.map(([name, type]) => `${name}:${type}`);
  const found = addon.layout.map(({ name, type }) => `${name}:${type}`);
  const differing = [...expected, ...COUNTERS].findIndex(
    (name, at) => [...found, ...addon.counters][at] !== name,
  );
  if (
    differing >= 0 ||
    found.length + addon.counters.length !== expected.length + COUNTERS.length
  ) {
    throw new Error(
      `it is of another build: column ${[...expected, ...COUNTERS][differing] ?? 'count'} differs`,
    );
  }
}

function platformName(): string {
  const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const musl =
    process.platform === 'linux' && report.header.glibcVersionRuntime === undefined ? 'musl' : '';
  return `${process.platform}${musl}-${process.arch}`;
}
