import type { Door, SetPlace, UsedSets } from '../door/door.ts';
import type { DoorDraft } from './drafts.ts';
import type { Report } from './report.ts';
import type { Parse } from './values.ts';

/** `inet filter allowed`, or `none`. */
export const setPlace: Parse<SetPlace | 'none'> = (value, report) => {
  if (value.text.toLowerCase() === 'none') return 'none';
  const [family, table, name, ...more] = value.text.trim().split(/\s+/);
  const hint = 'like inet filter allowed; or none';
  if (name === undefined || more.length > 0) {
    const message = `"${value.text}" is not the family, table and name of a set`;
    return report.error(value, 'CONFIG_INVALID_VALUE', message, { hint });
  }
  if (!FAMILIES.has(family!)) {
    const message = `"${family!}" is none of inet, ip, ip6`;
    return report.error(value, 'CONFIG_INVALID_VALUE', message, { hint });
  }
  const odd = [table!, name].find((each) => !NAME.test(each));
  if (odd !== undefined) {
    const message = `"${odd}" can't be a name in nftables`;
    return report.error(value, 'CONFIG_INVALID_VALUE', message, { hint });
  }
  if (table === 'postern') {
    const message = 'table postern is Postern’s own: name a set of another one';
    return report.error(value, 'CONFIG_CONFLICT', message);
  }
  return { table: `${family!} ${table!}`, name };
};

const FAMILIES = new Set(['inet', 'ip', 'ip6']);
const NAME = /^[a-z_][\w/\\.]{0,254}$/i;

/** What a file’s `[options]` say for doors that say nothing themselves. */
export type SetDefaults = Pick<DoorDraft, 'useSet' | 'useSet6'>;

/** The sets that a door’s grants go into. */
export function usedSets(
  { useSet, useSet6, open }: DoorDraft,
  defaults: SetDefaults,
): Pick<Door, 'useSet'> {
  const ipv4 = useSet ?? defaults.useSet;
  const ipv6 = useSet6 ?? defaults.useSet6;
  const sets: UsedSets = {
    ...(isSet(ipv4) ? { ipv4 } : {}),
    ...(isSet(ipv6) ? { ipv6 } : {}),
  };
  const isAny = sets.ipv4 !== undefined || sets.ipv6 !== undefined;
  return isAny && open.length > 0 ? { useSet: sets } : {};
}

/** What only Postern’s own table can do, a door with `use_set` can't ask for. */
export function checkUseSet({ places, title, open }: DoorDraft, door: Door, report: Report): void {
  if (door.useSet === undefined) return;
  for (const [name, isAsked] of [
    ['guard', door.guard],
    ['on_expire', door.onExpire === 'cut'],
    ['while_connected', door.whileConnected !== undefined],
  ] as const) {
    const place = places.get(name);
    if (!isAsked || place === undefined) continue;
    const message = `${name} is for Postern’s own table: with use_set your rules decide`;
    const hint = 'or use_set = none, use_set6 = none for this door';
    report.error(place, 'CONFIG_CONFLICT', message, { hint });
  }
  if (open.every(({ forward }) => forward === undefined)) return;
  const message = '-> is for Postern’s own table: your rules would have to translate addresses';
  const hint = 'use_set = none, use_set6 = none for this door';
  report.error(places.get('open') ?? title, 'CONFIG_CONFLICT', message, { hint });
}

function isSet(place: SetPlace | 'none' | undefined): place is SetPlace {
  return place !== undefined && place !== 'none';
}
