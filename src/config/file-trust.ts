import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError, wholeFile } from './config-error.ts';
import type { Configuration } from './configuration.ts';
import { secretFile } from './secret-files.ts';

const STICKY = 0o1000;

/**
 * Files that say who gets in, or what is run, and that others could write: the configuration's own, those
 * of one-time sequences and of keys, logs whose lines are all believed, and programs that commands name by
 * their path. 0.8 takes any file; here one that others may write is an error, except under compat. One that
 * belongs to somebody else is worth a warning.
 */
export function checkTrust(
  files: readonly string[],
  configuration: Configuration | undefined,
): ConfigError[] {
  const sequences = (configuration?.doors ?? []).flatMap(
    ({ oneTimeSequences: file }) => file ?? [],
  );
  const isCompat = configuration?.options.compat === 'knockd';
  const logs = configuration?.options.logs.trusted ?? [];
  return [
    ...problemsOf([...files, ...programsOf(configuration), ...sequences, ...logs], isCompat),
    ...problemsOfSecrets(configuration),
  ];
}

/** A daemon with `user` can read no keys but its own, so there an owner is nothing to be told of. */
function problemsOfSecrets(configuration: Configuration | undefined): ConfigError[] {
  const secrets = (configuration?.doors ?? []).flatMap((door) => secretFile(door) ?? []);
  const hasUser = configuration?.options.user !== undefined;
  return problemsOf(secrets, false).filter(({ severity }) => severity === 'error' || !hasUser);
}

/** The same for what root runs for a daemon that is not root: there nobody else may own it either. */
export function checkTrustOfRoot(
  files: readonly string[],
  configuration: Configuration,
): ConfigError | undefined {
  return problemsOf([...files, ...programsOf(configuration)], false)[0];
}

/** The same for any other files that say who gets in. */
export function distrustOfFiles(files: readonly string[]): ConfigError[] {
  return problemsOf(files, false);
}

function problemsOf(files: readonly string[], isCompat: boolean): ConfigError[] {
  return [...new Set(files)].flatMap((file) => {
    const distrust = distrustOf(file);
    if (distrust === undefined) return [];
    const severity = distrust.isOpen && !isCompat ? 'error' : 'warning';
    const place = wholeFile(file);
    return [new ConfigError(distrust.why, { severity, code: 'CONFIG_UNTRUSTED', place })];
  });
}

interface Distrust {
  readonly why: string;
  /** Anybody, or a whole group, can write it. */
  readonly isOpen: boolean;
}

/** Of what is no file (a pipe, say), or not there, nothing is said. */
function distrustOf(file: string): Distrust | undefined {
  const { uid, gid, mode } = statSync(file, { throwIfNoEntry: false }) ?? NOTHING;
  if ((mode & 0o170000) !== 0o100000) return undefined;
  if ((mode & 0o002) !== 0) return open(`everybody can write to it; do: chmod o-w ${file}`);
  if ((mode & 0o020) !== 0 && gid !== 0) {
    return open(`the group ${gid} can write to it; do: chmod g-w ${file}`);
  }
  const folder = dirname(realpathSync(file));
  const { mode: folderMode } = statSync(folder);
  if ((folderMode & 0o002) !== 0 && (folderMode & STICKY) === 0) {
    return open(`everybody can put another file in its place; do: chmod o-w ${folder}`);
  }
  if (uid === 0 || uid === process.geteuid?.()) return undefined;
  return { why: `it belongs to uid ${uid}, who can write to it`, isOpen: false };
}

function open(why: string): Distrust {
  return { why, isOpen: true };
}

const NOTHING = { uid: 0, gid: 0, mode: 0 };

/** What actions run, and programs whose path a command begins with; what a shell makes of the rest is not ours to guess. */
function programsOf(configuration: Configuration | undefined): string[] {
  const { doors = [], options } = configuration ?? {};
  const all = [
    options?.hooks.up,
    options?.hooks.down,
    ...doors.flatMap(({ commands: { start, start6, stop, stop6 } = {} }) => [
      start,
      start6,
      stop,
      stop6,
    ]),
  ];
  const run = doors.flatMap(({ commands }) => commands?.run?.[0] ?? []);
  return [...run, ...all.flatMap((command) => /^\/[\w./-]+/.exec(command ?? '')?.[0] ?? [])];
}
