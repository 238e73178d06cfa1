import { readFileSync } from 'node:fs';
import { commandOutput } from '../daemon/command-output.ts';
import { bookIn } from '../daemon/stop-books.ts';
import { commandFirewall } from '../firewall/command/command.ts';
import { OWN_STREAMS } from './caller.ts';
import { KnockdOutput } from './knockd-output.ts';
import { TASK_DESCRIPTOR, type LateStops } from './leave-stops.ts';

/**
 * Runs the stop commands that a daemon had still to run when it ended, at their times, as 0.8's children
 * outlive it. A daemon that is started meanwhile may run some of them: the folder they are kept in knows
 * who has which.
 */
const task = JSON.parse(readFileSync(TASK_DESCRIPTOR, 'utf8')) as LateStops;
const { stateFolder, instance, maxCommands, commandLimitSeconds, outputs } = task;
const output = new KnockdOutput(OWN_STREAMS, task.flags, task.logs);
const streams = commandOutput(task.commandOutputBytes);
const commands = commandFirewall({
  output: streams,
  maxParallel: maxCommands,
  limitSeconds: commandLimitSeconds,
  book: bookIn(stateFolder, instance),
  onEvent: (event) => output.command(event),
});
if (typeof streams !== 'string') streams.takeOver(outputs, () => {});
commands.take(task.stops);
