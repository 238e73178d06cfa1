import type { Door } from '../door/door.ts';
import { onePortsText } from '../door/ports-text.ts';
import type { DoorDraft } from './drafts.ts';
import type { Report } from './report.ts';

/** Finds ports of a door that nobody can ever open: the source's family is another than that of the machine behind. */
export function checkFamilies({ places }: DoorDraft, door: Door, report: Report): void {
  const at = places.get('open');
  if (at === undefined) return;
  const families = familiesOf(door);
  for (const ports of door.open) {
    const family = ports.forward?.address.family;
    if (family === undefined || families.has(family)) continue;
    const [knocked, behind] = family === 4 ? ['IPv6', 'IPv4'] : ['IPv4', 'IPv6'];
    const message = `door "${door.name}" is knocked by ${knocked} alone, and ${onePortsText(ports)} is an ${behind} address`;
    report.error(at, 'CONFIG_CONFLICT', message, {
      hint: 'a door opens in the family that it was knocked by',
    });
  }
}

/** By which families a door can be knocked. */
function familiesOf({ steps, target, allowFrom }: Door): ReadonlySet<4 | 6> {
  const families = new Set<4 | 6>([4, 6]);
  const only = (family: 4 | 6): unknown => families.delete(family === 4 ? 6 : 4);
  for (const { protocol } of steps) {
    if (protocol === 'icmp') only(4);
    else if (protocol === 'icmp6') only(6);
  }
  if (target !== undefined) only(target.family);
  const from = new Set(allowFrom?.map(({ address }) => address.family));
  if (from.size === 1) only([...from][0]!);
  return families;
}
