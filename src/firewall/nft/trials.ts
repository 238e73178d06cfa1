import type { OpenPorts } from '../../door/door.ts';
import { sameAddress } from '../../tuple/address.ts';
import { placed, trialAt, type GuardedMachine } from './guarded-machines.ts';
import type { KernelLink } from './kernel-link.ts';
import type { PlacedPorts } from './open-ports.ts';
import { portsOf } from './services.ts';
import type { TableState } from './table-state.ts';
import { Trial } from './trial.ts';

/** What a table guards. */
export interface Guarded {
  /** Of this host. */
  readonly ports: readonly OpenPorts[];
  readonly machines: readonly GuardedMachine[];
}

/** All that is tried: of this host's ports, and of each machine behind it that has sets for it. */
export class Trials {
  readonly #link: KernelLink;
  readonly #forMs: number | undefined;
  #all: readonly Trial[];

  /** `forMs`: how long guards that begin are tried; undefined: they are not. */
  constructor(link: KernelLink, forMs: number | undefined) {
    this.#link = link;
    this.#forMs = forMs;
    this.#all = [new Trial(link)];
  }

  get all(): readonly Trial[] {
    return this.#all;
  }

  /** Ports whose guard nobody has confirmed. */
  get onTrial(): readonly PlacedPorts[] {
    return this.#all.flatMap(({ services, machine }) =>
      portsOf(services).map((ports) => (machine ? placed({ ...machine, ports }) : ports)),
    );
  }

  /** Machines have sets for it only where something is tried, since there may be many of them. Whether any is. */
  ready(machines: readonly GuardedMachine[], state: TableState | undefined): boolean {
    const tried = machines.filter(
      (machine) =>
        this.#forMs !== undefined || state?.sets.includes(trialAt(machine).onTrial.name) === true,
    );
    this.#all = [...this.#all, ...tried.map((each) => new Trial(this.#link, each))];
    return tried.length > 0;
  }

  /** Tries what was not guarded before, of these ports and of the machines. Whether anything is tried. */
  begin(ports: readonly OpenPorts[], before: Guarded, nowMs: number): boolean {
    if (this.#forMs === undefined) return false;
    const untilMs = nowMs + this.#forMs;
    for (const trial of this.#all) {
      const { machine } = trial;
      if (machine === undefined) trial.begin(ports, before.ports, untilMs);
      else trial.begin([machine.ports], portsAt(machine, before.machines), untilMs);
    }
    return true;
  }

  /** Looks what is on trial still. Whether that has changed. */
  read(nowMs: number): boolean {
    return this.#all.filter((each) => each.read(nowMs)).length > 0;
  }
}

function portsAt(
  { address }: Pick<GuardedMachine, 'address'>,
  machines: readonly GuardedMachine[],
): OpenPorts[] {
  return machines.filter((each) => sameAddress(each.address, address)).map(({ ports }) => ports);
}
