import { TRIAL } from './draw-table.ts';
import { placed, trialAt } from './guarded-machines.ts';
import { KernelLink } from './kernel-link.ts';
import { toFirewallError } from './nft-error.ts';
import type { PlacedPorts } from './open-ports.ts';
import { expectUnowned } from './owner.ts';
import { portsOf } from './services.ts';
import type { MachinePorts, Service, TrialSets } from './table.ts';
import { serviceBytes } from './write-table.ts';

/** What became of the ports on trial. */
export interface Confirmation {
  readonly confirmed: readonly PlacedPorts[];
  /** Their time was up: the guard has been lifted. */
  readonly tooLate: readonly PlacedPorts[];
}

/** Ends a trial: what is guarded by it stays guarded. Needs no daemon. Throws a `FirewallError`. */
export function confirmGuard(): Confirmation {
  try {
    using link = new KernelLink(CONFIRM_MS);
    const trials = trialsIn(link).map((each) => read(link, each));
    confirm(link, trials);
    return {
      confirmed: trials.flatMap(({ confirmed, machine }) => portsAt(confirmed, machine)),
      tooLate: trials.flatMap(({ tooLate, machine }) => portsAt(tooLate, machine)),
    };
  } catch (error) {
    throw toFirewallError(error, 'confirm the guard');
  }
}

/** Nothing is added here, so no bound on times is ever met. */
const CONFIRM_MS = 1000;

interface TrialThere {
  readonly sets: TrialSets;
  readonly machine?: MachinePorts;
}

/** The trials that the table has sets for. */
function trialsIn(link: KernelLink): TrialThere[] {
  const state = link.state();
  const machines = state?.guardedMachines() ?? [];
  const trials = [
    { sets: TRIAL },
    ...machines.map((machine) => ({ sets: trialAt(machine), machine })),
  ];
  return trials.filter(({ sets }) => state?.sets.includes(sets.onTrial.name));
}

interface ReadTrial extends TrialThere {
  readonly confirmed: readonly Service[];
  readonly tooLate: readonly Service[];
}

function read(link: KernelLink, there: TrialThere): ReadTrial {
  const { trial, onTrial } = there.sets;
  link.describeSets([trial, onTrial], []);
  const inTime = new Set(servicesIn(link, trial.name).map(keyOf));
  const tried = servicesIn(link, onTrial.name);
  const isInTime = (service: Service): boolean => inTime.has(keyOf(service));
  const confirmed = tried.filter(isInTime);
  return { ...there, confirmed, tooLate: tried.filter((service) => !isInTime(service)) };
}

/** All of them in one transaction: a daemon that looks meanwhile finds none of it done, or all. */
function confirm(link: KernelLink, trials: readonly ReadTrial[]): void {
  if (trials.every(({ confirmed }) => confirmed.length === 0)) return;
  expectUnowned(link.state(), 'confirm the guard');
  const transaction = link.transaction();
  for (const { sets, confirmed } of trials) {
    for (const service of confirmed) {
      transaction.removeConstant(sets.onTrial.name, serviceBytes(service));
    }
  }
  transaction.commit();
}

function servicesIn(link: KernelLink, set: string): Service[] {
  const { rows } = link.readSetCalled(set) ?? {};
  return Array.from({ length: rows?.capacity ?? 0 }, (_, row) => {
    return { protocol: rows!.protocol[row]!, port: rows!.port[row]! };
  });
}

function portsAt(services: readonly Service[], machine?: MachinePorts): PlacedPorts[] {
  const some = portsOf(services);
  return machine === undefined ? some : some.map((ports) => placed({ ...machine, ports }));
}

function keyOf({ protocol, port }: Service): number {
  return protocol * 65_536 + port;
}
