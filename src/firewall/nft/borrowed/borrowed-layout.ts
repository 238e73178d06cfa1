import { onePortsText } from '../../../door/ports-text.ts';
import type { Door, OpenPorts, SetPlace } from '../../../door/door.ts';
import { PROTOCOL } from '../../../tuple/protocol.ts';
import type { DoorTargets, Layout, Target } from '../draw-table.ts';
import { isSingle, withoutRepeats } from '../open-ports.ts';
import type { GrantSet, Key } from '../table.ts';
import { hasPort, hasProtocol, KEYS_FOR, misfitOf, setText, type SetForm } from './set-form.ts';

/** A set of the administrator's that doors use for sources of a family. */
export interface BorrowedSet {
  readonly place: SetPlace;
  readonly family: 4 | 6;
  readonly doors: readonly Door[];
}

/** A set as it was found. */
export interface FoundSet extends BorrowedSet {
  readonly form: SetForm | undefined;
  /** Why it can't be used; undefined: it can. */
  readonly misfit: string | undefined;
}

export type BorrowedLayout = Pick<Layout, 'targets' | 'grantSets' | 'liveSets'>;

const FAMILIES = [4, 6] as const;

/** The sets that doors name, each once. */
export function setsOf(doors: readonly Door[]): BorrowedSet[] {
  const sets = new Map<string, BorrowedSet>();
  for (const door of doors) {
    for (const family of FAMILIES) {
      const place = placeFor(door, family);
      if (place === undefined) continue;
      const key = `${family} ${setText(place)}`;
      sets.set(key, { place, family, doors: [...(sets.get(key)?.doors ?? []), door] });
    }
  }
  return [...sets.values()];
}

export function placeFor({ useSet }: Door, family: 4 | 6): SetPlace | undefined {
  return family === 4 ? useSet?.ipv4 : useSet?.ipv6;
}

/** A set together with what the kernel says of it. */
export function found(set: BorrowedSet, form: SetForm | undefined): FoundSet {
  const misfit = misfitOf(form, set.place, set.family) ?? rangeMisfit(set, form!.key!);
  return { ...set, form, misfit };
}

/** Where the doors' grants lie; a door has no elements in a set that can't be used. */
export function layOut(doors: readonly Door[], sets: readonly FoundSet[]): BorrowedLayout {
  const own = new Map(doors.map((door) => [door, targetsOf(door, sets)]));
  const users = usersOf(own);
  const withSharers = (door: Door, targets: readonly Target[]): Target[] =>
    targets.map((target) => {
      const sharers = users.get(placeOf(target))!.filter((other) => other !== door);
      return { ...target, sharers };
    });
  const targets = new Map(
    doors.map((door) => {
      const { ipv4, ipv6 } = own.get(door)!;
      return [door, { ipv4: withSharers(door, ipv4), ipv6: withSharers(door, ipv6) }];
    }),
  );
  return { grantSets: sets.map(grantSet), liveSets: [], targets };
}

/** By place in a set, the doors whose grants lie there. */
function usersOf(own: ReadonlyMap<Door, DoorTargets>): ReadonlyMap<string, readonly Door[]> {
  const users = new Map<string, Door[]>();
  for (const [door, { ipv4, ipv6 }] of own) {
    for (const place of new Set([...ipv4, ...ipv6].map(placeOf))) {
      const doors = users.get(place);
      if (doors === undefined) users.set(place, [door]);
      else doors.push(door);
    }
  }
  return users;
}

function placeOf({ set, protocol, port }: Target): string {
  return `${set} ${protocol} ${port}`;
}

function rangeMisfit({ doors }: BorrowedSet, key: Key): string | undefined {
  if (!hasPort(key)) return undefined;
  for (const { name, open } of doors) {
    const range = open.find((ports) => !isSingle(ports));
    if (range === undefined) continue;
    return `its elements name a port each, and door ${name} opens ${onePortsText(range)}: use a set of addresses`;
  }
  return undefined;
}

function targetsOf(door: Door, sets: readonly FoundSet[]): DoorTargets {
  const forFamily = (family: 4 | 6): Target[] => {
    const at = sets.findIndex((set) => set.family === family && set.place === placeIn(set, door));
    const set = sets[at];
    if (set?.misfit !== undefined || set?.form?.key === undefined) return [];
    const { key } = set.form;
    return withoutRepeats(door.open).map((ports) => targetFor(at, key, ports));
  };
  return { ipv4: forFamily(4), ipv6: forFamily(6) };
}

/** A set's own place, if it is the one that a door names for its family. */
function placeIn({ place, family }: BorrowedSet, door: Door): SetPlace | undefined {
  const named = placeFor(door, family);
  return named !== undefined && setText(named) === setText(place) ? place : undefined;
}

function targetFor(set: number, key: Key, ports: OpenPorts): Target {
  return {
    set,
    protocol: hasProtocol(key) ? PROTOCOL[ports.protocol] : 0,
    port: hasPort(key) ? ports.from : 0,
    ports,
    isLive: false,
    sharers: [],
  };
}

function grantSet({ place, family, form }: FoundSet): GrantSet {
  const key = (form?.key ?? KEYS_FOR[family][0]) as GrantSet['key'];
  return { kind: 'grants', name: place.name, table: place.table, key, prefix: 128, size: 0 };
}
