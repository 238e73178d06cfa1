import type { Options } from '../config/configuration.ts';
import type { CommandLimits } from '../firewall/command/command.ts';
import type { CommandOutput } from '../firewall/command/shell.ts';
import { commandOutput } from './command-output.ts';

/** What configurations say of commands, in the words of who runs them. */
export class ConfiguredLimits {
  #bytes: number | undefined;
  #output: CommandOutput = 'inherit';

  /** Where commands that begin now print to. */
  get output(): CommandOutput {
    return this.#output;
  }

  of({ maxCommands, commandLimitSeconds, commandOutputBytes, lostStop }: Options): CommandLimits {
    // Commands may still print to the one before, so it is left for another only if the bound differs.
    if (commandOutputBytes !== this.#bytes) this.#output = commandOutput(commandOutputBytes);
    this.#bytes = commandOutputBytes;
    return {
      output: this.#output,
      maxParallel: maxCommands,
      limitSeconds: commandLimitSeconds,
      lostStops: lostStop,
    };
  }
}
