import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Configuration } from '../config/configuration.ts';
import { instanceName } from '../daemon/state-folder.ts';
import type { OpenOutput } from '../firewall/command/bounded-output.ts';
import type { PendingStop } from '../firewall/command/stop-book.ts';
import type { Logs } from './knockd-output.ts';
import type { KnockdFlags } from './knockd-flags.ts';

/** All that the process needs to run stop commands as the daemon would have. */
export interface LateStops {
  readonly stops: readonly PendingStop[];
  readonly flags: KnockdFlags;
  readonly logs: Logs & { readonly isCompat: boolean };
  readonly stateFolder: string;
  readonly instance: string;
  readonly maxCommands: number;
  readonly commandLimitSeconds: number;
  readonly commandOutputBytes: number;
  /** Where commands that run on print to, by the descriptors that the process is given. */
  readonly outputs: readonly OpenOutput[];
}

/** Where that process finds its task: commands may hold secrets, which argv would show to everybody. */
export const TASK_DESCRIPTOR = 3;

/** Leaves stop commands, and what others still print, to a process that outlives this one; done when it has its task. */
export function leaveStops(
  stops: readonly PendingStop[],
  outputs: readonly OpenOutput[],
  { file, options }: Configuration,
  interfaces: readonly string[],
  flags: KnockdFlags,
): Promise<void> {
  const task: LateStops = {
    stops,
    flags,
    logs: {
      useSyslog: options.useSyslog,
      logFile: options.logFile,
      isCompat: options.compat === 'knockd',
    },
    stateFolder: options.stateFolder,
    instance: instanceName(file, interfaces),
    maxCommands: options.maxCommands,
    commandLimitSeconds: options.commandLimitSeconds,
    commandOutputBytes: options.commandOutputBytes,
    outputs: outputs.map(({ to }, at) => ({ descriptor: TASK_DESCRIPTOR + 1 + at, to })),
  };
  const script = fileURLToPath(new URL('./late-stops.js', import.meta.url));
  const child = spawn(process.execPath, [script], {
    detached: true,
    stdio: [
      'inherit',
      'inherit',
      'inherit',
      'pipe',
      ...outputs.map(({ descriptor }) => descriptor),
    ],
  });
  child.unref();
  return new Promise((done) => {
    child.once('error', () => done()); // they are kept in the state folder all the same
    const pipe = child.stdio[TASK_DESCRIPTOR] as Writable;
    pipe.on('error', () => done());
    pipe.end(JSON.stringify(task), done);
  });
}
