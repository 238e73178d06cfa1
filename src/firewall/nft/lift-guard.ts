import type { Door, OpenPorts } from '../../door/door.ts';
import { behindOf, isElsewhere, type IsOurs } from './behind.ts';
import { LIFTED } from './draw-table.ts';
import { liftedAt, placed, placedText } from './guarded-machines.ts';
import { KernelLink } from './kernel-link.ts';
import { toFirewallError } from './nft-error.ts';
import { expectUnowned } from './owner.ts';
import { servicesOf } from './services.ts';
import type { Behind, TimedServices } from './table.ts';

/** An element's rows: what may be there already goes, with its other end. */
const ROWS_EACH = 2;

/** What a door guards. */
export interface LiftedPlaces {
  /** Ports of this host. */
  readonly ports: readonly OpenPorts[];
  /** Ports of machines behind it, with this host's that lead there. */
  readonly machines: readonly { readonly machine: Behind; readonly outer: OpenPorts }[];
}

/** What these doors guard, here and behind this host. */
export function guardedPlaces(doors: readonly Door[], isOurs: IsOurs): LiftedPlaces {
  const guarding = doors.filter(({ guard }) => guard);
  const here = guarding.filter((door) => !isElsewhere(door, isOurs));
  const machines = guarding.flatMap((door) =>
    door.open.flatMap((outer) => {
      const machine = behindOf(door, outer, isOurs);
      return machine === undefined ? [] : [{ machine, outer }];
    }),
  );
  return { ports: here.flatMap(({ open }) => open), machines };
}

/** `tcp/22, tcp/2222 -> 10.0.0.5:22, tcp/22 of 10.0.0.5` */
export function placesText({ ports, machines }: LiftedPlaces): string {
  const named = machines.filter(({ machine }) => !machine.isTranslated);
  return placedText([...ports, ...named.map(({ machine }) => placed(machine))]);
}

/**
 * Lifts guards for everybody, for a time; the kernel puts them back. Needs no daemon, and one that runs
 * leaves it alone. False if there is no such guard in a table. Throws a `FirewallError`.
 */
export function liftGuard({ ports, machines }: LiftedPlaces, forMs: number): boolean {
  try {
    using link = new KernelLink(forMs);
    const state = link.state();
    const there = new Set(state?.sets);
    const lifts = [
      ...ports.map((each): Lift => [LIFTED, each]),
      ...machines.flatMap(({ machine, outer }): Lift[] => {
        const set = liftedAt(machine);
        return [
          [set, machine.ports],
          [set, outer],
        ];
      }),
    ].filter(([set]) => there.has(set.name));
    if (lifts.length > 0) expectUnowned(state, 'lift the guard');
    link.describeSets([...new Set(lifts.map(([set]) => set))], []);
    for (const each of lifts) put(link, each, forMs);
    flush(link);
    return lifts.length > 0;
  } catch (error) {
    throw toFirewallError(error, 'lift the guard');
  }
}

type Lift = readonly [TimedServices, OpenPorts];

function put(link: KernelLink, [{ name }, ports]: Lift, forMs: number): void {
  const { writer } = link;
  for (const service of servicesOf(ports)) {
    if (writer.count + ROWS_EACH > writer.capacity) flush(link);
    writer.putService(link.setCalled(name), service, forMs);
  }
}

function flush({ writer }: KernelLink): void {
  if (writer.count > 0 && writer.commit() > 0) throw writer.errorAt(0, LIFTED.name);
  writer.clear();
}
