import type { StatusAnswer } from '../control/answers.ts';
import { portsText } from '../door/ports-text.ts';
import { lengthText } from '../report/event-words.ts';
import { countText, durationText } from '../report/words.ts';
import { askDaemon, controlFlags } from './control-command.ts';
import { isSet, type Command } from './command.ts';
import { linesText } from './lines-text.ts';
import { portTable } from './port-table.ts';
import { table } from './terminal.ts';

export const status: Command = {
  example: ['$0 status --json', 'for programs; exits with 3 if no daemon runs'],
  flags: (parser) =>
    controlFlags(parser).option('ports', {
      type: 'boolean',
      describe: 'each port: closed or open, with or without a listener',
    }),
  run: (flags) =>
    isSet(flags, 'ports')
      ? askDaemon<StatusAnswer>(flags, { do: 'status', ports: true }, ({ ports }) =>
          portTable(ports ?? []),
        )
      : askDaemon(flags, { do: 'status' }, lines),
};

function lines(status: StatusAnswer): string[] {
  const { version, pid, upSeconds, file, sources, packets, dropped, grants, knocks } = status;
  const refused = Object.entries(status.refusedKnocks).filter(([, count]) => count > 0);
  const errors = Object.entries(status.control.errors);
  const doors = status.doors.map(({ name, open, openForSeconds, isHeld, grants: count }) => [
    `  ${name}`,
    open.length === 0 ? 'commands' : `${portsText(open)} ${lengthText({ isHeld, openForSeconds })}`,
    `${countText(count)} open`,
  ]);
  return [
    `postern ${version}, pid ${pid}, up ${durationText(upSeconds)}, doors from ${file}`,
    `${heardOn(status)}: ${countText(packets)} packets seen, ${countText(dropped)} dropped, ${countText(knocks)} knocks`,
    ...sources.flatMap(sourceLines),
    `${countText(grants)} let in`,
    ...(status.blockedKnocks === 0
      ? []
      : [`${countText(status.blockedKnocks)} knocks of blocked sources not heard`]),
    ...table(doors),
    ...status.remarks,
    ...(refused.length === 0
      ? []
      : [
          `encoded knocks refused: ${refused.map(([why, count]) => `${countText(count)} ${REASONS[why] ?? why}`).join(', ')}`,
        ]),
    ...(status.ignored === 0
      ? []
      : [`${countText(status.ignored)} packets of sources that are ignored`]),
    ...errors.map(([code, count]) => `control socket: ${code} ${countText(count)} times`),
  ];
}

/** All that packets are heard by. */
function heardOn({ interfaces, sources }: StatusAnswer): string {
  const isRing = sources.every(({ name }) => !/^(log|nflog):/.test(name));
  return isRing ? interfaces.join(', ') : sources.map(({ name }) => name).join(', ');
}

/** Of a log each reason for a line to be none; of all sources that are no single ring. */
function sourceLines(
  { name, lines, packets, dropped }: StatusAnswer['sources'][number],
  _: number,
  all: StatusAnswer['sources'],
): string[] {
  if (lines !== undefined) return [`  ${name}: ${linesText(lines)}`];
  if (all.length === 1) return [];
  return [`  ${name}: ${countText(packets)} packets, ${countText(dropped)} dropped`];
}

/** Counters whose names are no words. */
const REASONS: Readonly<Record<string, string>> = {
  tooWide: 'too wide',
  notOffered: 'not offered',
};
