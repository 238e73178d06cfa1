import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Configuration } from '../../config/configuration.ts';
import { instanceName } from '../state-folder.ts';
import { helperStateFolder } from '../stop-books.ts';
import { rightsAddon } from './addon.ts';
import { withoutServiceManager } from '../../report/service-manager.ts';

/** Where the helper finds its end of the stream. */
export const HELPER_STREAM = 3;
/** In the daemon's environment: the number of the descriptor that leads to the helper. */
const VARIABLE = 'POSTERN_HELPER';

export interface HelperPlan {
  readonly configuration: Configuration;
  readonly interfaces: readonly string[];
  /** Where commands run; default: where this process does. */
  readonly folder?: string | undefined;
}

/**
 * Starts the process that runs commands as root, while this one still is root's; the descriptor that
 * leads to it. It has a session of its own: a signal that a terminal sends to all is meant for the daemon.
 */
export function startHelper({ configuration, interfaces, folder: cwd }: HelperPlan): number {
  const { file, options } = configuration;
  const [ours, theirs] = rightsAddon().socketPair();
  const script = fileURLToPath(new URL('../../cli/command-helper.js', import.meta.url));
  const folder = helperStateFolder(options.stateFolder);
  const args = [file, options.compat ?? '-', folder, instanceName(file, interfaces)];
  const child = spawn(process.execPath, [script, ...args], {
    cwd,
    env: withoutServiceManager(process.env),
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', theirs],
  });
  child.unref();
  closeSync(theirs);
  process.env[VARIABLE] = String(ours);
  return ours;
}

/** The stream to the helper, in the process that this one has become; undefined if there is none. */
export function helperStream(): Socket | undefined {
  const descriptor = process.env[VARIABLE];
  delete process.env[VARIABLE]; // it is nobody else's
  if (descriptor === undefined) return undefined;
  // An error closes it, and that is heard of.
  return new Socket({ fd: Number(descriptor) }).on('error', () => {});
}
