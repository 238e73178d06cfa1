import type { Network } from '../../tuple/network.ts';
import type { Door, OpenPorts } from '../../door/door.ts';
import { PROTOCOL } from '../../tuple/protocol.ts';
import { withReserve } from '../grant-book.ts';
import { mergeNetworks } from './address-range.ts';
import { drawMarks } from './draw-marks.ts';
import { drawChains, LIFTED_NAME, ON_TRIAL_NAME, TRIAL_NAME } from './draw-chains.ts';
import {
  guardedBy,
  guardedSingles,
  isSingle,
  rangeName,
  samePorts,
  withoutRepeats,
} from './open-ports.ts';
import {
  KEY,
  type ConstantSet,
  type GrantSet,
  type Service,
  type Table,
  type TimedServices,
} from './table.ts';

export interface TableOptions {
  readonly trusted: readonly Network[];
  /** The guard works on these interfaces alone; empty: on all. */
  readonly guardInterfaces: readonly string[];
  /** Grants at one time. */
  readonly maxGrants: number;
  /** Whether guarded ports may be published by address translation, which an input chain never sees. */
  readonly isPublished: boolean;
  /** Ports that stay guarded though no door guards them. */
  readonly stillGuarded?: readonly OpenPorts[];
  /** Guarded ports that nobody has confirmed yet. */
  readonly onTrial?: readonly Service[];
  /** Bits for the mark of packets from who has a grant. */
  readonly mark?: number | undefined;
}

/** A table, and where the doors' grants lie in it. */
export interface Layout {
  readonly table: Table;
  /** The sets of grants; targets refer to them by index. */
  readonly grantSets: readonly GrantSet[];
  /** What the table guards. */
  readonly guarded: readonly OpenPorts[];
  readonly targets: ReadonlyMap<Door, DoorTargets>;
}

/** The elements that a grant of a door consists of, by the family of the source. */
export interface DoorTargets {
  readonly ipv4: readonly Target[];
  readonly ipv6: readonly Target[];
}

export interface Target {
  readonly set: number;
  /** IP protocol number, and port; 0 where the set's key is an address alone. */
  readonly protocol: number;
  readonly port: number;
  readonly ports: OpenPorts;
  /** Other doors whose grants are the same elements. */
  readonly sharers: readonly Door[];
}

export const TABLE_NAME = 'postern';

/** Ports whose guard is lifted for everybody. */
export const LIFTED: TimedServices = timed(LIFTED_NAME);
/** Ports whose guard is tried: it is in force as long as they stand here. */
export const TRIAL: TimedServices = timed(TRIAL_NAME);
/** The ports on trial themselves; they stand there until the trial is confirmed. */
export const ON_TRIAL: TimedServices = timed(ON_TRIAL_NAME);

/** Draws the table for doors that open something. Pure: no kernel is asked. */
export function drawTable(doors: readonly Door[], options: TableOptions): Layout {
  const grantSets = drawGrantSets(doors, options.maxGrants);
  const guarded = [...guardedBy(doors), ...(options.stillGuarded ?? [])];
  const constants = drawConstants(guarded, options);
  const { isPublished, mark } = options;
  const input = { doors, guarded, grantSets, constants, isPublished };
  const chains = [...drawChains(input), ...drawMarks(input, mark)];
  const times = guarded.length === 0 ? [] : options.onTrial?.length ? [LIFTED, TRIAL] : [LIFTED];
  const table = { name: TABLE_NAME, sets: [...constants, ...times, ...grantSets], chains };
  return { table, grantSets, guarded, targets: findTargets(doors, grantSets) };
}

function timed(name: string): TimedServices {
  return { kind: 'timed services', name, key: KEY.protocolPort };
}

/** Name of the set that holds a door's grants on these ports. */
export function setNameOf(ports: OpenPorts, family: 4 | 6, prefix6: number): string {
  const base = family === 4 ? 'open4' : prefix6 === 128 ? 'open6' : `open6_${prefix6}`;
  return ports.from === ports.to ? base : `${base}_${rangeName(ports)}`;
}

// A single port is part of the key. A range in a concatenation would make the set an interval set, which
// is cloned for each transaction, so a range has sets of its own that hold addresses alone.
function drawGrantSets(doors: readonly Door[], maxGrants: number): GrantSet[] {
  const sets = new Map<string, GrantSet>();
  for (const door of doors) {
    const single = door.open.filter(isSingle).length;
    for (const ports of door.open) {
      for (const family of [4, 6] as const) {
        const name = setNameOf(ports, family, door.openPrefix6);
        const size = setSize(maxGrants, isSingle(ports) ? single : 1);
        sets.set(name, {
          kind: 'grants',
          name,
          key: keyFor(ports, family),
          prefix: family === 4 ? 32 : door.openPrefix6,
          size: Math.max(size, sets.get(name)?.size ?? 0),
          ...(isSingle(ports) ? {} : { range: ports }),
        });
      }
    }
  }
  return [...sets.values()];
}

function setSize(maxGrants: number, elementsPerGrant: number): number {
  return Math.min(0xffff_ffff, withReserve(maxGrants * elementsPerGrant));
}

function keyFor(ports: OpenPorts, family: 4 | 6): GrantSet['key'] {
  if (isSingle(ports)) return family === 4 ? KEY.address4ProtocolPort : KEY.address6ProtocolPort;
  return family === 4 ? KEY.address4 : KEY.address6;
}

function drawConstants(guarded: readonly OpenPorts[], options: TableOptions): ConstantSet[] {
  const sets: ConstantSet[] = [];
  for (const family of [4, 6] as const) {
    const ranges = mergeNetworks(options.trusted, family);
    if (ranges.length > 0)
      sets.push({ kind: 'networks', name: `trusted${family}`, family, ranges });
  }
  const names = options.guardInterfaces;
  if (names.length > 0) sets.push({ kind: 'interfaces', name: 'guarded_interfaces', names });
  for (const protocol of ['tcp', 'udp'] as const) {
    const ports = guardedSingles(guarded, protocol);
    if (ports.length > MAX_PORT_RULES) {
      sets.push({ kind: 'ports', name: `guarded_${protocol}`, ports });
    }
  }
  const services = options.onTrial ?? [];
  if (services.length > 0) sets.push({ kind: 'services', name: ON_TRIAL_NAME, services });
  return sets;
}

/** Up to so many ports of a protocol a rule each is cheaper for everybody's packets than a set. */
const MAX_PORT_RULES = 4;

function findTargets(
  doors: readonly Door[],
  sets: readonly GrantSet[],
): ReadonlyMap<Door, DoorTargets> {
  const bySet = new Map(sets.map(({ name }, index) => [name, index]));
  const forFamily = (door: Door, family: 4 | 6): Target[] =>
    withoutRepeats(door.open).map((ports) => ({
      set: bySet.get(setNameOf(ports, family, door.openPrefix6))!,
      protocol: isSingle(ports) ? PROTOCOL[ports.protocol] : 0,
      port: isSingle(ports) ? ports.from : 0,
      ports,
      sharers: doors.filter((other) => other !== door && sharesElement(other, door, ports, family)),
    }));
  return new Map(
    doors.map((door) => [door, { ipv4: forFamily(door, 4), ipv6: forFamily(door, 6) }]),
  );
}

function sharesElement(other: Door, door: Door, ports: OpenPorts, family: 4 | 6): boolean {
  const isSameSet = family === 4 || other.openPrefix6 === door.openPrefix6;
  return isSameSet && other.open.some((open) => samePorts(open, ports));
}
