import type { Door } from '../../door/door.ts';
import { onePortsText } from '../../door/ports-text.ts';
import { formatAddress, sameAddress } from '../../tuple/address.ts';
import { behindName, behindOf, type IsOurs } from './behind.ts';
import { isCovered, portsName, type PlacedPorts } from './open-ports.ts';
import { KEY, type MachinePorts, type TimedServices, type TrialSets } from './table.ts';

/** Ports of a machine behind this host that are shut for who has no grant. */
export interface GuardedMachine extends MachinePorts {
  /** TCP sessions end with their grant. */
  readonly isCut: boolean;
}

/** What doors guard of other machines. */
export function guardedMachines(doors: readonly Door[], isOurs: IsOurs): GuardedMachine[] {
  const found = new Map<string, GuardedMachine>();
  for (const door of doors) {
    for (const ports of door.guard ? door.open : []) {
      const behind = behindOf(door, ports, isOurs);
      if (behind === undefined) continue;
      const name = behindName(behind);
      const isCut = door.onExpire === 'cut' || found.get(name)?.isCut === true;
      const { address, ports: guarded } = behind;
      found.set(name, { address, ports: guarded, isCut });
    }
  }
  return [...found.values()];
}

/** Whether all of these ports are among those of the same machine. */
export function isMachineCovered(
  { address, ports }: MachinePorts,
  by: readonly MachinePorts[],
): boolean {
  const same = by.filter((each) => sameAddress(each.address, address));
  return isCovered(
    ports,
    same.map((each) => each.ports),
  );
}

/** Of the machines that a table guarded, those that no door is about any more. One that is this host by now is none. */
export function machinesLeft(
  before: readonly GuardedMachine[],
  doors: readonly Door[],
  isOurs: IsOurs,
): GuardedMachine[] {
  const guarded = guardedMachines(doors, isOurs);
  const here = doors.flatMap(({ target }) => (target && isOurs(target) ? [target] : []));
  return before.filter(
    (each) =>
      !isMachineCovered(each, guarded) && !here.some((own) => sameAddress(own, each.address)),
  );
}

/** What a rule of the chain `guard_forward` says for itself; a daemon that takes the table over reads it. */
export function machineComment({ address, ports, isCut }: GuardedMachine): string {
  return `guards ${portsName(ports)} of ${formatAddress(address)}${isCut ? ', cutting' : ''}`;
}

/** Ports that a machine's guard is lifted for; the outer ones that lead there stand in it too. */
export function liftedAt(machine: MachinePorts): TimedServices {
  const name = `lifted_to_${behindName(machine)}`;
  return { kind: 'timed services', name, key: KEY.protocolPort };
}

/** The sets of a trial at a machine. */
export function trialAt(machine: MachinePorts): TrialSets {
  const name = `to_${behindName(machine)}`;
  return {
    trial: { kind: 'timed services', name: `trial_${name}`, key: KEY.protocolPort },
    onTrial: { kind: 'timed services', name: `on_trial_${name}`, key: KEY.protocolPort },
  };
}

export function placed({ address, ports }: MachinePorts): PlacedPorts {
  return { ...ports, address };
}

/** `tcp/22, tcp/22 of 10.0.0.5` */
export function placedText(some: readonly PlacedPorts[]): string {
  return some.map(placeText).join(', ');
}

function placeText(ports: PlacedPorts): string {
  const { address } = ports;
  return onePortsText(ports) + (address === undefined ? '' : ` of ${formatAddress(address)}`);
}
