import { EXIT } from './exit-code.ts';
import { say } from './terminal.ts';

/** Wrong usage: what is wrong, and where to read on. */
export class UsageError extends Error {}

/** What yargs finds wrong with a command line, as our own error; what else it passes on is a defect. */
export function asUsage(message: string | undefined, error: Error | undefined): Error {
  const isUsage = error === undefined || error.name === 'YError';
  return isUsage ? new UsageError(message ?? error?.message) : error;
}

/** Two lines on stderr; the exit code. */
export function sayUsage(name: string, error: Error): number {
  say(`${name}: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}`);
  say(`Try: ${name} --help`);
  return EXIT.usage;
}
