import type { Configuration } from '../config/configuration.ts';
import { ListReader } from '../config/address-lists.ts';
import { listsOf } from './live-firewall.ts';
import { readLists } from './read-lists.ts';
import { drawTable } from '../firewall/nft/draw-table.ts';
import { printTable } from '../firewall/nft/print.ts';
import { actionLines } from '../door/action-lines.ts';
import { setText } from '../firewall/nft/borrowed/set-form.ts';
import type { Door } from '../door/door.ts';
import { stepText } from '../door/step.ts';
import { portsText } from '../door/ports-text.ts';

/** What a run would do, as lines: where it would listen, and the table that it would make. */
export function dryRun(configuration: Configuration, interfaces: readonly string[]): string[] {
  const { doors, options } = configuration;
  const knockedAt = doors.filter(({ isAction }) => isAction !== true);
  const watched = knockedAt.flatMap((door) => [
    `# door ${door.name}: ${knockText(door)}${openText(door)}`,
    ...actionLines(door).map((line) => `#   ${line}`),
  ]);
  const opening = doors.filter(({ open, useSet }) => open.length > 0 && useSet === undefined);
  const table =
    opening.length === 0
      ? ['# no door opens ports in a table of our own: none would be made']
      : printTable(
          drawTable(opening, {
            trusted: options.trusted,
            guardInterfaces: options.guardInterfaces,
            maxGrants: options.maxGrants,
            mark: options.mark,
            lists: listsOf(options, readLists(new ListReader(), configuration)),
            isPublished: false,
          }).table,
        ).split('\n');
  return [`# would listen on ${interfaces.join(', ')}`, ...watched, ...table];
}

function knockText({ steps, encoded }: Door): string {
  return encoded === undefined ? steps.map(stepText).join(' ') : encoded.kind;
}

function openText(door: Door): string {
  return door.open.length === 0 ? '' : ` opens ${portsText(door.open)}${usedText(door)}`;
}

/** Where grants go that do not go into our own table. */
function usedText({ useSet }: Door): string {
  const sets = [useSet?.ipv4, useSet?.ipv6].flatMap((place) => place ?? []);
  return sets.length === 0 ? '' : ` in ${sets.map((place) => `set ${setText(place)}`).join(', ')}`;
}
