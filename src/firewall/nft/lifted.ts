import { LIFTED_NAME } from './draw-chains.ts';
import { TRIAL, type Layout } from './draw-table.ts';
import { liftedAt, trialAt } from './guarded-machines.ts';
import type { KernelLink } from './kernel-link.ts';
import { portsOf } from './services.ts';
import { overlap, type PlacedPorts } from './open-ports.ts';
import type { MachinePorts, Service, TrialSets } from './table.ts';

/**
 * Ports whose guard lets everybody in: it was lifted, or nobody confirmed it while it was tried. At these
 * machines too.
 */
export function liftedPorts(
  link: KernelLink,
  { machines, timedSets }: Pick<Layout, 'machines' | 'timedSets'>,
): readonly PlacedPorts[] {
  const isKnown = ({ onTrial }: TrialSets): boolean =>
    timedSets.some(({ name }) => name === onTrial.name);
  const over = (sets: TrialSets): Service[] => (isKnown(sets) ? untried(link, sets) : []);
  const here = portsOf([...servicesIn(link, LIFTED_NAME), ...over(TRIAL)]);
  const there = machines.flatMap((machine) =>
    liftedOf(machine, [...servicesIn(link, liftedAt(machine).name), ...over(trialAt(machine))]),
  );
  return [...here, ...there];
}

/** Ports whose trial is over without a word. */
function untried(link: KernelLink, { trial, onTrial }: TrialSets): Service[] {
  const tried = servicesIn(link, trial.name);
  return servicesIn(link, onTrial.name).filter(
    ({ protocol, port }) => !tried.some((each) => each.protocol === protocol && each.port === port),
  );
}

/** The ports of this host that lead there stand in its set of what is lifted, too. */
function liftedOf({ address, ports }: MachinePorts, services: readonly Service[]): PlacedPorts[] {
  const lifted = portsOf(services);
  return lifted.filter((each) => overlap(each, ports)).map((each) => ({ ...each, address }));
}

function servicesIn(link: KernelLink, name: string): Service[] {
  const rows = link.readSetCalled(name)?.rows;
  return Array.from({ length: rows?.capacity ?? 0 }, (_, row) => {
    return { protocol: rows!.protocol[row]!, port: rows!.port[row]! };
  });
}
