import { accessSync, constants, existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Configuration } from '../../config/configuration.ts';
import { checkTrustOfRoot } from '../../config/file-trust.ts';
import { hasNative } from '../../native.ts';
import { runsCommands } from '../live-firewall.ts';
import { rightsAddon, type Account } from './addon.ts';
import { helperStream, startHelper } from './helper.ts';
import { makeOver } from './make-over.ts';

export interface RightsPlan {
  readonly configuration: Configuration;
  readonly interfaces: readonly string[];
  /** The last that is done as root, if this process is root's. */
  readonly asRoot?: () => void;
  /** Where commands run; default: where this process does. */
  readonly folder?: string | undefined;
  /** What this process needs of its open files besides its streams; asked at the very end. */
  readonly descriptors?: () => readonly number[];
}

/** Why a daemon can't become whom it is to be. */
export class RightsError extends Error {
  readonly code = 'RIGHTS';
}

/**
 * Sees to it that the daemon has no more rights than it needs, in all of its threads: those of rings and
 * of the table, as the user that the configuration names. Capabilities belong to threads, and node has
 * some that are none of ours, so the process begins anew: what an execve begins has but one thread, and
 * all that come after are made by it. The second time there is nothing left to lower, and this returns
 * the stream to the helper that runs commands, if there is one.
 *
 * Root without a `user` stays what it is, and so does who runs commands as himself: they may need what
 * he has (sudo, or capabilities that they inherit).
 */
export function lowerRights(plan: RightsPlan): Socket | undefined {
  const { user } = plan.configuration.options;
  const isRoot = process.geteuid!() === 0;
  if (user === undefined && (isRoot || runsCommands(plan.configuration))) return undefined;
  if (!hasNative()) return undefined; // the ring will say so
  const account = user === undefined ? undefined : accountOf(user);
  if (isRoot && account !== undefined) return becomeUser(plan, user!, account);
  if (account !== undefined && account.user !== process.geteuid!()) {
    throw new RightsError(`to become the user ${user} takes root: start as root, or as ${user}`);
  }
  const addon = rightsAddon();
  if (!addon.isNarrowed()) {
    addon.narrow();
    beginAnew(plan);
  }
  addon.forbidDumps();
  return helperStream();
}

function accountOf(name: string): Account {
  const account = rightsAddon().findAccount(name);
  if (account === undefined) {
    const make = `adduser --system --group --no-create-home ${name}`;
    throw new RightsError(`there is no user ${name} on this host. Make it: ${make}`);
  }
  if (account.user === 0) throw new RightsError(`the user ${name} is root by another name`);
  return account;
}

function becomeUser(plan: RightsPlan, name: string, account: Account): never {
  const { configuration, asRoot } = plan;
  const distrust = checkTrustOfRoot([configuration.file], configuration);
  if (distrust !== undefined) throw new RightsError(distrust.format());
  makeOver(configuration.options, account);
  asRoot?.();
  const helper = runsCommands(configuration) ? [startHelper(plan)] : [];
  rightsAddon().narrow(account.user, account.group);
  checkReadable(configuration, name);
  beginAnew(plan, helper);
}

/** The same program on the same files, with the rights that are left. */
function beginAnew({ descriptors }: RightsPlan, helper: readonly number[] = []): never {
  const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return rightsAddon().becomeProgram(process.execPath, args, [
    0,
    1,
    2,
    ...helper,
    ...(descriptors?.() ?? []),
  ]);
}

/** Said now, since what comes next knows nothing of root. */
function checkReadable({ file, doors, options }: Configuration, name: string): void {
  const sequences = doors.flatMap(({ oneTimeSequences }) => oneTimeSequences ?? []);
  const { R_OK, W_OK } = constants;
  check(process.argv[1]!, R_OK, 'read', `it must lie where ${name} can read it`);
  check(file, R_OK, 'read', `do: chgrp $(id -gn ${name}) ${file} && chmod 640 ${file}`);
  for (const source of options.sources) {
    if (source.kind !== 'log' || !existsSync(source.path)) continue;
    check(
      source.path,
      R_OK,
      'read',
      `have it written for a group of ${name}’s own: chgrp $(id -gn ${name}) ${source.path}`,
    );
  }
  for (const each of sequences) {
    check(each, R_OK | W_OK, 'write', `do: chown ${name} ${each} && chmod 600 ${each}`);
  }

  function check(path: string, mode: number, what: string, advice: string): void {
    try {
      accessSync(path, mode);
    } catch {
      throw new RightsError(`the user ${name} can't ${what} ${path}; ${advice}`);
    }
  }
}
