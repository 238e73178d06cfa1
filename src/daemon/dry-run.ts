import type { Configuration } from '../config/configuration.ts';
import { drawTable } from '../firewall/nft/draw-table.ts';
import { printTable } from '../firewall/nft/print.ts';
import { actionLines } from '../door/action-lines.ts';
import type { Door } from '../door/door.ts';
import { stepText } from '../door/step.ts';
import { portsText } from '../door/ports-text.ts';

/** What a run would do, as lines: where it would listen, and the table that it would make. */
export function dryRun({ doors, options }: Configuration, interfaces: readonly string[]): string[] {
  const knockedAt = doors.filter(({ isAction }) => isAction !== true);
  const watched = knockedAt.flatMap((door) => [
    `# door ${door.name}: ${knockText(door)}${door.open.length > 0 ? ` opens ${portsText(door.open)}` : ''}`,
    ...actionLines(door).map((line) => `#   ${line}`),
  ]);
  const opening = doors.filter(({ open }) => open.length > 0);
  const table =
    opening.length === 0
      ? ['# no door has `open`: no table would be made']
      : printTable(
          drawTable(opening, {
            trusted: options.trusted,
            guardInterfaces: options.guardInterfaces,
            maxGrants: options.maxGrants,
            mark: options.mark,
            isPublished: false,
          }).table,
        ).split('\n');
  return [`# would listen on ${interfaces.join(', ')}`, ...watched, ...table];
}

function knockText({ steps, encoded }: Door): string {
  return encoded === undefined ? steps.map(stepText).join(' ') : `${encoded.kind}`;
}
