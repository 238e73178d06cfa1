import type { BlockAnswer } from '../control/answers.ts';
import { durationText } from '../report/words.ts';
import { parseAddress } from '../tuple/address.ts';
import { rangesOf } from '../tuple/address-ranges.ts';
import { parseNetwork } from '../tuple/network.ts';
import { askDaemon, changingFlags, dryRun } from './control-command.ts';
import { lastText, seconds, type Command } from './command.ts';
import { EXIT } from './exit-code.ts';
import { sessionAddresses } from './session-address.ts';
import { say } from './terminal.ts';

export const block: Command = {
  example: ['sudo $0 block 203.0.113.0/24 --for 1h', 'without --for: until unblock'],
  flags: (parser) =>
    changingFlags(parser)
      .positional('network', {
        type: 'string',
        demandOption: true,
        describe: 'an address, or a network of any size but everybody',
      })
      .option('for', { type: 'string', requiresArg: true, describe: 'how long, like 10m or 1h' }),
  run: async (flags) => {
    const network = lastText(flags, 'network')!;
    const forSeconds = seconds(flags, 'for');
    const own = sessionWithin(network);
    if (own !== undefined) {
      say(
        `postern: your own session comes from ${own}, which ${network} covers: nothing is blocked`,
      );
      return EXIT.failed;
    }
    return askDaemon<BlockAnswer>(
      flags,
      { do: 'block', network, forSeconds, dryRun: dryRun(flags) },
      ({ blocked, remarks }) => [
        `${blocked}: ${dryRun(flags) ? 'would be ' : ''}blocked ${forSeconds === undefined ? 'until unblock' : `for ${durationText(forSeconds)}`}`,
        ...remarks,
      ],
    );
  },
};

/** The address that whoever types this is connected from, if it would be blocked. */
function sessionWithin(text: string): string | undefined {
  const network = parseNetwork(text);
  if ('fault' in network) return undefined; // the daemon says what is wrong with it
  const ranges = rangesOf([network]);
  return sessionAddresses().find((each) => {
    const address = parseAddress(each);
    return address !== undefined && ranges.has(address);
  });
}
