import type { Door, OpenPorts } from '../../door/door.ts';
import { formatAddress, type Address } from '../../tuple/address.ts';
import { portsName } from './open-ports.ts';
import type { Behind, MachinePorts } from './table.ts';

/** Whether an address is this host's. */
export type IsOurs = (address: Address) => boolean;

/** Whether a door is about the ports of another machine, by that one's address. */
export function isElsewhere({ target }: Door, isOurs: IsOurs): boolean {
  return target !== undefined && !isOurs(target);
}

/** The machine behind this host whose ports a door opens; undefined: they are this host's. */
export function behindOf(door: Door, ports: OpenPorts, isOurs: IsOurs): Behind | undefined {
  const { protocol, forward } = ports;
  if (forward !== undefined) {
    const { address, port } = forward;
    return { address, ports: { protocol, from: port, to: port }, isTranslated: true };
  }
  if (!isElsewhere(door, isOurs)) return undefined;
  return { address: door.target!, ports, isTranslated: false };
}

/** As names of sets and chains say it. */
export function behindName({ address, ports }: MachinePorts): string {
  return `${formatAddress(address)}_${portsName(ports)}`.replaceAll(/[^\da-z]+/g, '_');
}
