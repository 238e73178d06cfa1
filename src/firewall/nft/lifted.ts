import type { OpenPorts } from '../../door/door.ts';
import { LIFTED_NAME, ON_TRIAL_NAME, TRIAL_NAME } from './draw-chains.ts';
import type { KernelLink } from './kernel-link.ts';
import { portsOf } from './services.ts';
import type { Service } from './table.ts';

/** Ports whose guard lets everybody in: it was lifted, or nobody confirmed it while it was tried. */
export function liftedPorts(link: KernelLink): OpenPorts[] {
  const tried = servicesIn(link, TRIAL_NAME);
  const over = servicesIn(link, ON_TRIAL_NAME).filter(
    ({ protocol, port }) => !tried.some((each) => each.protocol === protocol && each.port === port),
  );
  return portsOf([...servicesIn(link, LIFTED_NAME), ...over]);
}

function servicesIn(link: KernelLink, name: string): Service[] {
  const rows = link.readSetCalled(name)?.rows;
  return Array.from({ length: rows?.capacity ?? 0 }, (_, row) => {
    return { protocol: rows!.protocol[row]!, port: rows!.port[row]! };
  });
}
