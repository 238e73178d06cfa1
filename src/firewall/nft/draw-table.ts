import { longestPrefix, type Network } from '../../tuple/network.ts';
import type { Door, OpenPorts } from '../../door/door.ts';
import { grantPrefix } from '../../door/grant-prefix.ts';
import { samePorts } from '../../door/ports.ts';
import { PROTOCOL } from '../../tuple/protocol.ts';
import { withReserve } from '../grant-book.ts';
import { mergeNetworks } from './address-range.ts';
import { behindName, behindOf, isElsewhere, type IsOurs } from './behind.ts';
import { guardedMachines, liftedAt, type GuardedMachine } from './guarded-machines.ts';
import { drawForward } from './draw-forward.ts';
import { drawForwardMarks, drawMarks } from './draw-marks.ts';
import { drawChains, LIFTED_NAME, ON_TRIAL_NAME, TRIAL_NAME } from './draw-chains.ts';
import { drawListSets, NO_LISTS, type Lists } from './draw-lists.ts';
import {
  GUARDS,
  guardedBy,
  guardedSingles,
  isSingle,
  rangeName,
  withoutRepeats,
  type GuardedPorts,
} from './open-ports.ts';
import {
  KEY,
  type Behind,
  type ConstantSet,
  type GrantSet,
  type LiveSet,
  type Service,
  type Table,
  type TimedServices,
  type TrialSets,
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
  readonly stillGuarded?: readonly GuardedPorts[];
  /** The same of machines behind this host. */
  readonly stillGuardedMachines?: readonly GuardedMachine[];
  /** Trials, with guarded ports that nobody has confirmed yet. */
  readonly trials?: readonly Tried[];
  /** Default: every address. */
  readonly isOurs?: IsOurs;
  /** Bits for the mark of packets from who has a grant. */
  readonly mark?: number | undefined;
  /** Who is let in or shut out whatever knocks; default: nobody. */
  readonly lists?: Lists;
}

/** A trial, here or at a machine behind this host. */
export interface Tried {
  readonly sets: TrialSets;
  readonly services: readonly Service[];
}

/** A table, and where the doors' grants lie in it. */
export interface Layout {
  readonly table: Table;
  /** The sets of grants; targets refer to them by index. */
  readonly grantSets: readonly GrantSet[];
  /** The sets of who is not silent; their indices follow. */
  readonly liveSets: readonly LiveSet[];
  /** What the table guards. */
  readonly guarded: readonly GuardedPorts[];
  /** What it guards of machines behind this host. */
  readonly machines: readonly GuardedMachine[];
  /** The administrator's: what is lifted, and what is tried. */
  readonly timedSets: readonly TimedServices[];
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
  /** An element that ends when its source has been silent for too long. */
  readonly isLive: boolean;
  /** Other doors whose grants are the same elements. */
  readonly sharers: readonly Door[];
}

export const TABLE_NAME = 'postern';

/** Ports whose guard is lifted for everybody. */
export const LIFTED: TimedServices = timed(LIFTED_NAME);
/** A trial of ports of this host. */
export const TRIAL: TrialSets = { trial: timed(TRIAL_NAME), onTrial: timed(ON_TRIAL_NAME) };

/** Draws the table for doors that open something. Pure: no kernel is asked. */
export function drawTable(doors: readonly Door[], options: TableOptions): Layout {
  const isOurs = options.isOurs ?? ((): boolean => true);
  const here = doors.filter((door) => !isElsewhere(door, isOurs));
  const grantSets = drawGrantSets(doors, options.maxGrants, isOurs);
  const guarded = [...guardedBy(here), ...(options.stillGuarded ?? [])];
  const machines = [...guardedMachines(doors, isOurs), ...(options.stillGuardedMachines ?? [])];
  const constants = drawConstants(guarded, options);
  const { isPublished, mark, lists = NO_LISTS } = options;
  const listSets = drawListSets(lists);
  const input = { doors: here, guarded, grantSets, constants, isPublished, lists, listSets };
  const chains = [
    ...drawChains(input),
    ...drawForward({ doors, guarded: machines, grantSets, constants, isOurs, listSets }),
    ...drawMarks(input, mark),
    ...drawForwardMarks(grantSets, mark),
  ];
  const trials = options.trials ?? [];
  const tried = trials.filter(({ services }) => services.length > 0);
  const times = [...(guarded.length === 0 ? [] : [LIFTED]), ...tried.map(({ sets }) => sets.trial)];
  const lifted = machines.map(liftedAt);
  const liveSets = grantSets.flatMap(({ live }) => live ?? []);
  const sets = [...constants, ...times, ...lifted, ...listSets, ...grantSets, ...liveSets];
  const table = { name: TABLE_NAME, sets, chains };
  return {
    table,
    grantSets,
    liveSets,
    guarded,
    machines,
    timedSets: [
      LIFTED,
      ...trials.flatMap(({ sets: { trial, onTrial } }) => [trial, onTrial]),
      ...lifted,
    ],
    targets: findTargets(doors, grantSets, liveSets, isOurs),
  };
}

function timed(name: string): TimedServices {
  return { kind: 'timed services', name, key: KEY.protocolPort };
}

/** Name of the set that holds a door's grants on these ports. */
function setNameOf(ports: OpenPorts, family: 4 | 6, door: Door, behind?: Behind): string {
  const kind = door.whileConnected === undefined ? 'open' : 'held';
  return nameFor(kind, ports, family, door, behind);
}

/** Name of the set that holds who is not silent, for a door that asks for that. */
function liveNameOf(ports: OpenPorts, family: 4 | 6, door: Door, behind?: Behind): string {
  return nameFor('live', ports, family, door, behind);
}

function nameFor(
  kind: string,
  ports: OpenPorts,
  family: 4 | 6,
  door: Door,
  behind: Behind | undefined,
): string {
  const { whileConnected: live } = door;
  const prefix = grantPrefix(door, family);
  return [
    `${kind}${family}`,
    ...(prefix === longestPrefix(family) ? [] : [prefix]),
    ...(live === undefined ? [] : [`${live.idleSeconds * 1000}ms`]),
    ...(isSingle(ports) && behind?.isTranslated !== true ? [] : [rangeName(ports)]),
    ...(behind === undefined ? [] : ['to', behindName(behind)]),
  ].join('_');
}

// A single port is part of the key. A range in a concatenation would make the set an interval set, which
// is cloned for each transaction, so a range has sets of its own that hold addresses alone.
function drawGrantSets(doors: readonly Door[], maxGrants: number, isOurs: IsOurs): GrantSet[] {
  const sets = new Map<string, GrantSet>();
  for (const door of doors) {
    const single = door.open.filter(isSingle).length;
    for (const ports of door.open) {
      for (const family of [4, 6] as const) {
        const behind = behindOf(door, ports, isOurs);
        if (behind !== undefined && behind.address.family !== family) continue;
        const name = setNameOf(ports, family, door, behind);
        const wanted = setSize(maxGrants, namesPort(ports, behind) ? single : 1);
        const size = Math.max(wanted, sets.get(name)?.size ?? 0);
        sets.set(name, {
          kind: 'grants',
          name,
          key: keyFor(family, namesPort(ports, behind)),
          prefix: grantPrefix(door, family),
          size,
          ...(namesPort(ports, behind) ? {} : { range: ports }),
          ...(behind === undefined ? {} : { behind }),
          ...liveOf(door, ports, family, size, behind),
        });
      }
    }
  }
  return [...sets.values()];
}

function liveOf(
  door: Door,
  ports: OpenPorts,
  family: 4 | 6,
  size: number,
  behind: Behind | undefined,
): { readonly live?: LiveSet } {
  if (door.whileConnected === undefined) return {};
  const name = liveNameOf(ports, family, door, behind);
  const idleMs = door.whileConnected.idleSeconds * 1000;
  const key = keyFor(family, namesPort(ports, behind));
  return { live: { kind: 'live', name, key, size, idleMs } };
}

function setSize(maxGrants: number, elementsPerGrant: number): number {
  return Math.min(0xffff_ffff, withReserve(maxGrants * elementsPerGrant));
}

/** Whether protocol and port are parts of a set's key. What lies behind has a set for each machine and port. */
function namesPort(ports: OpenPorts, behind: Behind | undefined): boolean {
  return isSingle(ports) && behind === undefined;
}

function keyFor(family: 4 | 6, hasPort: boolean): GrantSet['key'] {
  if (hasPort) return family === 4 ? KEY.address4ProtocolPort : KEY.address6ProtocolPort;
  return family === 4 ? KEY.address4 : KEY.address6;
}

function drawConstants(guarded: readonly GuardedPorts[], options: TableOptions): ConstantSet[] {
  const sets: ConstantSet[] = [];
  for (const family of [4, 6] as const) {
    const ranges = mergeNetworks(options.trusted, family);
    if (ranges.length > 0)
      sets.push({ kind: 'networks', name: `trusted${family}`, family, ranges });
  }
  const names = options.guardInterfaces;
  if (names.length > 0) sets.push({ kind: 'interfaces', name: 'guarded_interfaces', names });
  for (const guard of GUARDS) {
    const ports = guardedSingles(guarded, guard);
    if (ports.length > MAX_PORT_RULES) sets.push({ kind: 'ports', name: guard.set, ports });
  }
  for (const { sets: ofTrial, services } of options.trials ?? []) {
    if (services.length > 0) sets.push({ kind: 'services', name: ofTrial.onTrial.name, services });
  }
  return sets;
}

/** Up to so many ports of a protocol a rule each is cheaper for everybody's packets than a set. */
const MAX_PORT_RULES = 4;

function findTargets(
  doors: readonly Door[],
  grantSets: readonly GrantSet[],
  liveSets: readonly LiveSet[],
  isOurs: IsOurs,
): ReadonlyMap<Door, DoorTargets> {
  const sets = [...grantSets, ...liveSets];
  const bySet = new Map(sets.map(({ name }, index) => [name, index]));
  const forPorts = (door: Door, ports: OpenPorts, family: 4 | 6): Target[] => {
    const behind = behindOf(door, ports, isOurs);
    if (behind !== undefined && behind.address.family !== family) return [];
    const name = setNameOf(ports, family, door, behind);
    const hasPort = namesPort(ports, behind);
    const sharesElement = (other: Door): boolean =>
      other.open.some(
        (each) =>
          samePorts(each, ports) &&
          setNameOf(each, family, other, behindOf(other, each, isOurs)) === name,
      );
    const target: Target = {
      set: bySet.get(name)!,
      protocol: hasPort ? PROTOCOL[ports.protocol] : 0,
      port: hasPort ? ports.from : 0,
      ports,
      isLive: false,
      sharers: doors.filter((other) => other !== door && sharesElement(other)),
    };
    if (door.whileConnected === undefined) return [target];
    const live = bySet.get(liveNameOf(ports, family, door, behind))!;
    return [target, { ...target, set: live, isLive: true }];
  };
  const forFamily = (door: Door, family: 4 | 6): Target[] =>
    withoutRepeats(door.open).flatMap((ports) => forPorts(door, ports, family));
  return new Map(
    doors.map((door) => [door, { ipv4: forFamily(door, 4), ipv6: forFamily(door, 6) }]),
  );
}
