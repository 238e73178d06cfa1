import type { UnblockAnswer } from '../control/answers.ts';
import { askDaemon, changingFlags, dryRun } from './control-command.ts';
import { lastText, type Command } from './command.ts';

export const unblock: Command = {
  example: ['sudo $0 unblock 203.0.113.0/24', 'and all blocks within it'],
  flags: (parser) =>
    changingFlags(parser).positional('network', {
      type: 'string',
      demandOption: true,
      describe: 'as it was blocked, or a wider one',
    }),
  run: (flags) => {
    const network = lastText(flags, 'network')!;
    return askDaemon<UnblockAnswer>(
      flags,
      { do: 'unblock', network, dryRun: dryRun(flags) },
      ({ unblocked, stillBlockedBy }) => [
        ...(unblocked.length === 0
          ? [`${network} was not blocked by hand`]
          : unblocked.map((each) => `${each}: ${dryRun(flags) ? 'would be ' : ''}unblocked`)),
        ...(stillBlockedBy === undefined ? [] : [`${network} stays blocked by ${stillBlockedBy}`]),
      ],
    );
  },
};
