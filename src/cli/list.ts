import type { GrantLine, ListAnswer } from '../control/answers.ts';
import { portsText } from '../door/ports-text.ts';
import { durationText } from '../report/words.ts';
import { askDaemon, controlFlags } from './control-command.ts';
import type { Command } from './command.ts';
import { table } from './terminal.ts';

export const list: Command = {
  example: ['$0 list', 'a line for each door and source'],
  flags: controlFlags,
  run: (flags) =>
    askDaemon<ListAnswer>(flags, { do: 'list' }, ({ grants }) =>
      grants.length === 0 ? ['nobody is let in'] : grantTable(grants),
    ),
};

/** A line for each grant, under a head. */
function grantTable(grants: readonly GrantLine[]): string[] {
  return table([
    ['DOOR', 'SOURCE', 'PORTS', 'LEFT', 'BY'],
    ...grants.map((grant) => [
      grant.door,
      grant.source,
      portsText(grant.ports),
      leftText(grant),
      grant.by,
    ]),
  ]);
}

/** Silence ends a grant before its time. */
function leftText({ leftSeconds, silenceSeconds = Infinity }: GrantLine): string {
  if (silenceSeconds >= leftSeconds) return durationText(leftSeconds);
  return `${durationText(silenceSeconds)} if silent, else ${durationText(leftSeconds)}`;
}
