import type { BlockedAnswer } from '../control/answers.ts';
import { countText, durationText } from '../report/words.ts';
import { askDaemon, controlFlags } from './control-command.ts';
import type { Command } from './command.ts';
import { table } from './terminal.ts';

/** Prefixes of lists that are shown; `--json` has more. */
const MOST_SHOWN = 10;

export const blocked: Command = {
  example: ['$0 blocked --json', 'blocks by hand, lists, and what each prefix kept out'],
  flags: controlFlags,
  run: (flags) => askDaemon(flags, { do: 'blocked' }, lines),
};

function lines({ blocks, lists, counted }: BlockedAnswer): string[] {
  const byHand = blocks.map(({ network, why, by, leftSeconds, packets }) => [
    network,
    by === undefined ? why : `${why} (${by})`,
    leftSeconds === undefined ? 'until unblock' : durationText(leftSeconds),
    countText(packets),
  ]);
  const most = counted
    .slice(0, MOST_SHOWN)
    .map(({ network, packets, bytes }) => [network, countText(packets), countText(bytes)]);
  return [
    ...(byHand.length === 0
      ? ['nobody is blocked by hand']
      : table([['NETWORK', 'WHY', 'LEFT', 'PACKETS'], ...byHand])),
    ...lists.map(({ list, from, prefixes }) => {
      const where = from === list ? 'the configuration' : from;
      return `${list}: ${countText(prefixes)} ${prefixes === 1 ? 'prefix' : 'prefixes'} of ${where}`;
    }),
    ...(most.length === 0 ? [] : table([['PREFIX', 'PACKETS', 'BYTES'], ...most])),
  ];
}
