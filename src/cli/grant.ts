import type { GrantAnswer } from '../control/answers.ts';
import { portsText } from '../door/ports-text.ts';
import { countText, durationText } from '../report/words.ts';
import { askDaemon, changingFlags, dryRun } from './control-command.ts';
import { lastText, seconds, type Command } from './command.ts';

export const grant: Command = {
  example: ['sudo $0 grant ssh 203.0.113.9 --for 10m', 'for ten minutes'],
  flags: (parser) =>
    changingFlags(parser)
      .positional('door', { type: 'string', demandOption: true, describe: 'name of the door' })
      .positional('address', {
        type: 'string',
        demandOption: true,
        describe: 'an address, or a network up to /24 or, for doors with open_prefix6, /56',
      })
      .option('for', { type: 'string', requiresArg: true, describe: 'how long, like 90s or 10m' }),
  run: (flags) => {
    const [door, source] = [lastText(flags, 'door')!, lastText(flags, 'address')!];
    const forSeconds = seconds(flags, 'for');
    const question = { do: 'grant', door, source, forSeconds, dryRun: dryRun(flags) };
    const would = dryRun(flags) ? 'would be ' : '';
    return askDaemon<GrantAnswer>(flags, question, lines(door, source, would));
  },
};

function lines(
  door: string,
  source: string,
  would: string,
): (answer: GrantAnswer) => readonly string[] {
  return ({ granted, renewed, ports, forSeconds }) => {
    const what = ports.length === 0 ? 'let in' : `open ${portsText(ports)}`;
    const count = granted === 1 ? '' : ` (${countText(granted)} addresses)`;
    const again = renewed > 0 ? ', renewed' : '';
    return [`${source}${count}: ${door}: ${would}${what} for ${durationText(forSeconds)}${again}`];
  };
}
