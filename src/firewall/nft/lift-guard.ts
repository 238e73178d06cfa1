import type { OpenPorts } from '../../door/door.ts';
import { LIFTED_NAME } from './draw-chains.ts';
import { KernelLink } from './kernel-link.ts';
import { toFirewallError } from './nft-error.ts';
import { servicesOf } from './services.ts';

/** An element's rows: what may be there already goes, with its other end. */
const ROWS_EACH = 2;

/**
 * Lifts the guard of ports for everybody, for a time; the kernel puts it back. Needs no daemon, and one that
 * runs leaves it alone. False if there is no table, so that nothing is guarded. Throws a `FirewallError`.
 */
export function liftGuard(ports: readonly OpenPorts[], forMs: number): boolean {
  try {
    using link = new KernelLink(forMs);
    if (link.state() === undefined) return false;
    link.describe({ grantSets: [] }, []);
    const { writer } = link;
    const set = link.setCalled(LIFTED_NAME);
    for (const service of ports.flatMap(servicesOf)) {
      if (writer.count + ROWS_EACH > writer.capacity) flush(link);
      writer.putService(set, service, forMs);
    }
    flush(link);
    return true;
  } catch (error) {
    throw toFirewallError(error, 'lift the guard');
  }
}

function flush({ writer }: KernelLink): void {
  if (writer.count > 0 && writer.commit() > 0) throw writer.errorAt(0, LIFTED_NAME);
  writer.clear();
}
