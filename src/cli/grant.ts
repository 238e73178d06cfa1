import type { GrantAnswer } from '../control/answers.ts';
import { portsText } from '../door/ports-text.ts';
import { countText, durationText } from '../report/words.ts';
import { askDaemon, controlFlags } from './control-command.ts';
import { lastText, seconds, type Command } from './command.ts';

export const grant: Command = {
  example: ['sudo $0 grant ssh 203.0.113.9 --for 10m', 'for ten minutes'],
  flags: (parser) =>
    controlFlags(parser)
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
    return askDaemon(flags, { do: 'grant', door, source, forSeconds }, lines(door, source));
  },
};

function lines(door: string, source: string): (answer: GrantAnswer) => string[] {
  return ({ granted, renewed, ports, forSeconds }) => {
    const what = ports.length === 0 ? 'let in' : `open ${portsText(ports)}`;
    const count = granted === 1 ? '' : ` (${countText(granted)} addresses)`;
    const again = renewed > 0 ? ', renewed' : '';
    return [`${source}${count}: ${door}: ${what} for ${durationText(forSeconds)}${again}`];
  };
}
