import { LIFTED_NAME, ON_TRIAL_NAME, TRIAL_NAME } from './draw-chains.ts';
import { liftedAt } from './guarded-machines.ts';
import type { KernelLink } from './kernel-link.ts';
import { portsOf } from './services.ts';
import { overlap, type PlacedPorts } from './open-ports.ts';
import type { MachinePorts, Service } from './table.ts';

/**
 * Ports whose guard lets everybody in: it was lifted, or nobody confirmed it while it was tried. At these
 * machines too.
 */
export function liftedPorts(
  link: KernelLink,
  machines: readonly MachinePorts[],
): readonly PlacedPorts[] {
  const tried = servicesIn(link, TRIAL_NAME);
  const over = servicesIn(link, ON_TRIAL_NAME).filter(
    ({ protocol, port }) => !tried.some((each) => each.protocol === protocol && each.port === port),
  );
  const here = portsOf([...servicesIn(link, LIFTED_NAME), ...over]);
  const there = machines.flatMap((machine) => liftedOf(link, machine));
  return [...here, ...there];
}

/** The ports of this host that lead there stand in its set too. */
function liftedOf(link: KernelLink, machine: MachinePorts): PlacedPorts[] {
  const lifted = portsOf(servicesIn(link, liftedAt(machine).name));
  const { address, ports } = machine;
  return lifted.filter((each) => overlap(each, ports)).map((each) => ({ ...each, address }));
}

function servicesIn(link: KernelLink, name: string): Service[] {
  const rows = link.readSetCalled(name)?.rows;
  return Array.from({ length: rows?.capacity ?? 0 }, (_, row) => {
    return { protocol: rows!.protocol[row]!, port: rows!.port[row]! };
  });
}
