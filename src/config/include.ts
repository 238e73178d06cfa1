import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import { statements, type Fragment, type Statement } from './lexer.ts';
import { readBytes } from './read-file.ts';
import type { Report } from './report.ts';
import { systemText } from './system-text.ts';

/** What a file says, and where one that it includes begins: that belongs to none of the sections before it. */
export type IncludedStatement = Statement | { readonly kind: 'file' };

/** A file with all that it includes. */
export interface Included {
  /** Those of an included file come behind those of the file that includes it. */
  readonly lines: readonly IncludedStatement[];
  /** Every file that was read, by the path it was found under. */
  readonly files: readonly string[];
}

/** The statements of a file, of the `*.conf` in the folders that its `[options]` include, in order of their names, and of its file of actions. */
export function readWithIncludes(bytes: Buffer, file: string, report: Report): Included {
  const lines: IncludedStatement[] = [...statements(bytes.toString('latin1'), report)];
  const seen = new Map([[identity(file), file]]);
  const named = includesOf(lines, file);
  for (let next = named.shift(); next !== undefined; next = named.shift()) {
    for (const path of pathsOf(next, report)) {
      const inside = readOne(path, next.at, seen, report);
      if (inside === undefined) continue;
      lines.push({ kind: 'file' }, ...inside);
      named.push(...includesOf(inside, path));
    }
  }
  return { lines, files: [...seen.values()] };
}

function readOne(
  path: string,
  at: Fragment,
  seen: Map<string, string>,
  report: Report,
): Statement[] | undefined {
  const known = seen.get(identity(path));
  if (known !== undefined) {
    return report.error(at, 'CONFIG_INCLUDE', `${path} is included in a circle, or twice`, {
      hint: known === path ? undefined : `it is ${known}`,
    });
  }
  const bytes = readBytes(path);
  if (bytes instanceof ConfigError)
    return report.error(at, 'CONFIG_INCLUDE', `${path}: ${bytes.message}`);
  seen.set(identity(path), path);
  return [...statements(bytes.toString('latin1'), report, path)];
}

/** A file or a folder that another file names. */
interface Named {
  readonly kind: 'include' | 'actions';
  readonly at: Fragment;
  readonly from: string;
}

function includesOf(lines: readonly IncludedStatement[], from: string): Named[] {
  const found: Named[] = [];
  let isOptions = false;
  for (const statement of lines) {
    if (statement.kind === 'section') isOptions = statement.name.text === 'options';
    else if (statement.kind === 'directive' && isOptions && statement.value !== undefined) {
      const kind = statement.key.text.toLowerCase();
      if (kind === 'include' || kind === 'actions') found.push({ kind, at: statement.value, from });
    }
  }
  return found;
}

/** A relative path lies beside the file that names it. */
function pathsOf({ kind, at, from }: Named, report: Report): string[] {
  if (at.text === '') {
    const what = kind === 'include' ? 'include names no folder' : 'actions names no file';
    report.error(at, 'CONFIG_INCLUDE', what);
    return [];
  }
  const path = resolve(dirname(from), at.text);
  return kind === 'include' ? filesIn(path, at, report) : [path];
}

function filesIn(path: string, folder: Fragment, report: Report): string[] {
  try {
    const names = readdirSync(path).filter((name) => /^[^.].*\.conf$/.test(name));
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    const reason = systemText(error as NodeJS.ErrnoException);
    report.error(folder, 'CONFIG_INCLUDE', `${path}: ${reason}`);
    return [];
  }
}

/** What a file is whatever path or link leads to it. */
function identity(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
