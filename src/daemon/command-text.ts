import type { CommandEvent } from '../firewall/command/command.ts';
import { printable } from '../config/printable.ts';
import { durationText } from '../report/words.ts';

/** A line about a command, and to whom it is said besides the log. */
export interface CommandLine {
  readonly text: string;
  readonly to: 'stdout' | 'stderr';
  /** The message carries a newline of its own, so that an empty line follows in the log. */
  readonly hasNewline: boolean;
}

/** knockd's words for what happens to commands. `source` is the knocker, as log lines name him. */
export function commandText(event: CommandEvent, source: string): CommandLine {
  const name = printable(event.door.name);
  switch (event.kind) {
    case 'running':
      return line('stdout', `${name}: running command: ${event.command}`, true);
    case 'timeout':
      return line('stdout', `${source}: ${name}: command timeout`);
    case 'failed status':
      return line('stderr', `${name}: command returned non-zero status code (${event.status})`);
    case 'out of time':
      return line(
        'stderr',
        `${name}: command ended by force, it ran for ${durationText(event.afterSeconds)}`,
      );
    case 'output cut':
      return line('stderr', `${name}: its command prints more than it may, the rest is dropped`);
    case 'no process':
      return line('stderr', 'error: command fork failed!');
    case 'too long':
      return event.which === 'start'
        ? line('stderr', "error: parsed start command has been truncated! --> won't execute it")
        : line(
            'stderr',
            "error: parsed stop command has been truncated! --> won't execute start command",
          );
    case 'too many':
      return line('stderr', `${name}: too many commands wait already, none was run for ${source}`);
    case 'skipped':
      return line('stderr', `${name}: stop command of an earlier run left out: ${event.command}`);
    case 'not kept':
      return line('stderr', `${name}: its stop command is not kept for a crash: ${event.reason}`);
  }
}

function line(to: CommandLine['to'], text: string, hasNewline = false): CommandLine {
  return { to, text, hasNewline };
}
