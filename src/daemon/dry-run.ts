import type { Configuration } from '../config/configuration.ts';
import { ListReader } from '../config/address-lists.ts';
import { listsOf } from './live-firewall.ts';
import { readLists } from './read-lists.ts';
import { drawTable } from '../firewall/nft/draw-table.ts';
import { printTable } from '../firewall/nft/print.ts';
import { stepText } from '../door/step.ts';
import { portsText } from '../door/ports-text.ts';

/** What a run would do, as lines: where it would listen, and the table that it would make. */
export function dryRun(configuration: Configuration, interfaces: readonly string[]): string[] {
  const { doors, options } = configuration;
  const watched = doors.map(({ name, steps, open }) => {
    const knocks = steps.map(stepText).join(' ');
    return `# door ${name}: ${knocks}${open.length > 0 ? ` opens ${portsText(open)}` : ''}`;
  });
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
            lists: listsOf(options, readLists(new ListReader(), configuration)),
            isPublished: false,
          }).table,
        ).split('\n');
  return [`# would listen on ${interfaces.join(', ')}`, ...watched, ...table];
}
