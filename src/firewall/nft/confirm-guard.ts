import { TRIAL } from './draw-table.ts';
import { placed, trialAt } from './guarded-machines.ts';
import { KernelLink } from './kernel-link.ts';
import { toFirewallError } from './nft-error.ts';
import type { PlacedPorts } from './open-ports.ts';
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
    const confirmations = trialsIn(link).map((each) => confirm(link, each));
    return {
      confirmed: confirmations.flatMap(({ confirmed }) => confirmed),
      tooLate: confirmations.flatMap(({ tooLate }) => tooLate),
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

function confirm(link: KernelLink, { sets, machine }: TrialThere): Confirmation {
  const { trial, onTrial } = sets;
  link.describeSets([trial, onTrial], []);
  const inTime = new Set(servicesIn(link, trial.name).map(keyOf));
  const tried = servicesIn(link, onTrial.name);
  const confirmed = tried.filter((service) => inTime.has(keyOf(service)));
  if (confirmed.length > 0) {
    const transaction = link.transaction();
    for (const service of confirmed) {
      transaction.removeConstant(onTrial.name, serviceBytes(service));
    }
    transaction.commit();
  }
  const tooLate = tried.filter((service) => !inTime.has(keyOf(service)));
  return { confirmed: portsAt(confirmed, machine), tooLate: portsAt(tooLate, machine) };
}

function servicesIn(link: KernelLink, set: string): Service[] {
  const { rows } = link.readSetCalled(set) ?? {};
  return Array.from({ length: rows?.capacity ?? 0 }, (_, row) => {
    return { protocol: rows!.protocol[row]!, port: rows!.port[row]! };
  });
}

function portsAt(services: readonly Service[], machine: MachinePorts | undefined): PlacedPorts[] {
  const some = portsOf(services);
  return machine === undefined ? some : some.map((ports) => placed({ ...machine, ports }));
}

function keyOf({ protocol, port }: Service): number {
  return protocol * 65_536 + port;
}
