import type { Hook, HookCommands } from '../../door/hooks.ts';
import { endEvent, NOBODY, type CommandEvent } from './command-event.ts';
import { runShell, type CommandOutput } from './shell.ts';

/** Runs the commands that belong to the daemon's own start and end. */
export interface Hooks {
  /** Done when the command has run, or has been ended; at once if there is none. How it went is told as an event. */
  runHook(hook: Hook): Promise<void>;
}

export interface ShellHooksOptions {
  /** What is configured at the moment: a reload may bring another `down`. */
  readonly commands: () => HookCommands;
  /** Default: the daemon's own streams. */
  readonly output?: () => CommandOutput;
  readonly onEvent: (event: CommandEvent) => void;
}

/** Runs them as children of this process. */
export function shellHooks({ commands, output = ownStreams, onEvent }: ShellHooksOptions): Hooks {
  return {
    async runHook(hook) {
      const { [hook]: command, limitSeconds } = commands();
      if (command === undefined) return;
      const base = { door: { name: `${hook}_command` }, source: NOBODY, command };
      onEvent({ ...base, kind: 'running' });
      const onCut = (): void => onEvent({ ...base, kind: 'output cut' });
      const end = await runShell(command, { limitMs: limitSeconds * 1000, output: output(), onCut })
        .ended;
      const event = endEvent(end, base, limitSeconds);
      if (event !== undefined) onEvent(event);
    },
  };
}

function ownStreams(): CommandOutput {
  return 'inherit';
}
