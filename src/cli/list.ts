import type { GrantLine, ListAnswer } from '../control/answers.ts';
import { portsText } from '../door/ports-text.ts';
import { durationText } from '../report/words.ts';
import { askDaemon, controlFlags } from './control-command.ts';
import type { Command } from './command.ts';
import { table } from './terminal.ts';

export const list: Command = {
  usage: 'list',
  summary: 'who is let in, and for how long still',
  example: ['$0 list', 'a line for each door and source'],
  flags: controlFlags,
  run: (flags) =>
    askDaemon<ListAnswer>(flags, { do: 'list' }, ({ grants }) =>
      grants.length === 0 ? ['nobody is let in'] : grantTable(grants),
    ),
};

/** A line for each grant, under a head. */
export function grantTable(grants: readonly GrantLine[]): string[] {
  return table([
    ['DOOR', 'SOURCE', 'PORTS', 'LEFT', 'BY'],
    ...grants.map(({ door, source, ports, leftSeconds, by }) => [
      door,
      source,
      portsText(ports),
      durationText(leftSeconds),
      by,
    ]),
  ]);
}
