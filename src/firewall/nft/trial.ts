import type { OpenPorts } from '../../door/door.ts';
import { PROTOCOL } from '../../tuple/protocol.ts';
import { TRIAL } from './draw-table.ts';
import type { ElementRows } from './element-rows.ts';
import { trialAt } from './guarded-machines.ts';
import type { KernelLink } from './kernel-link.ts';
import { isCovered } from './open-ports.ts';
import { ServiceTimes } from './service-times.ts';
import { servicesOf } from './services.ts';
import type { MachinePorts, Service, Table, TrialSets } from './table.ts';

/**
 * Guards that are tried, here or at a machine behind this host: unless somebody confirms them, they are
 * lifted when their time is up. The kernel does that by two sets, so neither the lifting nor the
 * confirming needs a daemon.
 */
export class Trial {
  readonly sets: TrialSets;
  /** Whose ports they are; undefined: this host's. */
  readonly machine: MachinePorts | undefined;
  readonly #link: KernelLink;
  readonly #times: ServiceTimes;
  #services: readonly Service[] = [];

  constructor(link: KernelLink, machine?: MachinePorts) {
    this.sets = machine === undefined ? TRIAL : trialAt(machine);
    this.machine = machine;
    this.#link = link;
    this.#times = new ServiceTimes(link, this.sets.trial.name);
  }

  /** Ports on trial, whether their time is up or not. */
  get services(): readonly Service[] {
    return this.#services;
  }

  /** Looks what is on trial still. Whether that has changed. */
  read(nowMs: number): boolean {
    this.#times.read(nowMs);
    const found = this.#link.readSetCalled(this.sets.onTrial.name);
    if (found === undefined) return false;
    const before = this.#services.length;
    const { capacity, protocol, port } = found.rows;
    this.#services = Array.from({ length: capacity }, (_, row) => {
      return { protocol: protocol[row]!, port: port[row]! };
    });
    return this.#services.length !== before;
  }

  /** Puts ports on trial that were not guarded before: a guard that stood can't become one that ends. */
  begin(guarded: readonly OpenPorts[], before: readonly OpenPorts[], untilMs: number): void {
    const fresh = guarded.flatMap(servicesOf).filter(({ protocol, port }) => {
      const ports = { protocol: nameOf(protocol), from: port, to: port } as const;
      return !isCovered(ports, before);
    });
    this.#services = [...this.#services, ...fresh];
    this.#times.add(fresh, untilMs);
  }

  rows(table: Table, nowMs: number): ElementRows {
    return this.#times.rows(table, nowMs);
  }
}

function nameOf(protocol: number): 'tcp' | 'udp' {
  return protocol === PROTOCOL.tcp ? 'tcp' : 'udp';
}
