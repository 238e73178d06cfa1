import type { OpenPorts } from '../../door/door.ts';
import { ON_TRIAL_NAME, TRIAL_NAME } from './draw-chains.ts';
import { ON_TRIAL, TRIAL } from './draw-table.ts';
import { KernelLink } from './kernel-link.ts';
import { toFirewallError } from './nft-error.ts';
import { portsOf } from './services.ts';
import type { Service } from './table.ts';
import { serviceBytes } from './write-table.ts';

/** What became of the ports on trial. */
export interface Confirmation {
  readonly confirmed: readonly OpenPorts[];
  /** Their time was up: the guard has been lifted. */
  readonly tooLate: readonly OpenPorts[];
}

/** Ends a trial: what is guarded by it stays guarded. Needs no daemon. Throws a `FirewallError`. */
export function confirmGuard(): Confirmation {
  try {
    using link = new KernelLink(CONFIRM_MS);
    link.describeSets([TRIAL, ON_TRIAL], []);
    return confirm(link);
  } catch (error) {
    throw toFirewallError(error, 'confirm the guard');
  }
}

/** Nothing is added here, so no bound on times is ever met. */
const CONFIRM_MS = 1000;

function confirm(link: KernelLink): Confirmation {
  const inTime = new Set(servicesIn(link, TRIAL_NAME).map(keyOf));
  const tried = servicesIn(link, ON_TRIAL_NAME);
  const confirmed = tried.filter((service) => inTime.has(keyOf(service)));
  if (confirmed.length > 0) {
    const transaction = link.transaction();
    for (const service of confirmed) {
      transaction.removeConstant(ON_TRIAL_NAME, serviceBytes(service));
    }
    transaction.commit();
  }
  const tooLate = tried.filter((service) => !inTime.has(keyOf(service)));
  return { confirmed: portsOf(confirmed), tooLate: portsOf(tooLate) };
}

function servicesIn(link: KernelLink, set: string): Service[] {
  const { rows } = link.readSetCalled(set) ?? {};
  return Array.from({ length: rows?.capacity ?? 0 }, (_, row) => {
    return { protocol: rows!.protocol[row]!, port: rows!.port[row]! };
  });
}

function keyOf({ protocol, port }: Service): number {
  return protocol * 65_536 + port;
}
