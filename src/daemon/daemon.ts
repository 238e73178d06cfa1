import type { Configuration } from '../config/configuration.ts';
import { MONOTONIC_CLOCK } from '../engine/clock.ts';
import { Engine } from '../engine/engine.ts';
import type { Firewall } from '../firewall/firewall.ts';
import { compileDoors, type CompiledDoors } from '../matcher/compile-doors.ts';
import { Matcher } from '../matcher/matcher.ts';
import type { Event } from '../report/event.ts';
import { openRing } from '../source/ring.ts';
import type { SourceCounters, TupleSource } from '../source/source.ts';
import { liveFirewall, type LiveFirewallOptions } from './live-firewall.ts';
import { listeningPorts } from './listening-ports.ts';
import { localAddresses } from './local-addresses.ts';
import { tripwireSeed } from './seed.ts';

export interface DaemonOptions extends LiveFirewallOptions {
  readonly configuration: Configuration;
  readonly interfaces: readonly string[];
  /** Leave IPv6 out altogether. */
  readonly onlyIpv4: boolean;
  readonly report: (event: Event) => void;
  readonly reportSuppressed: (count: number) => void;
  /** A line for people: warnings and what was taken over. */
  readonly say: (line: string) => void;
}

/**
 * The composition root: opens the rings, makes or takes over the table, and runs the engine. What fails
 * while it starts is undone before the error passes on, so that nothing is left half done.
 */
export class Daemon {
  readonly #source: TupleSource;
  readonly #firewall: Firewall;
  readonly #engine: Engine;
  readonly #matcher: Matcher;
  readonly #options: DaemonOptions;

  private constructor(
    options: DaemonOptions,
    source: TupleSource,
    firewall: Firewall,
    matcher: Matcher,
  ) {
    this.#options = options;
    this.#source = source;
    this.#firewall = firewall;
    this.#matcher = matcher;
    this.#engine = new Engine({ ...options, source, firewall, matcher, clock: MONOTONIC_CLOCK });
  }

  static async start(options: DaemonOptions): Promise<Daemon> {
    const { configuration, interfaces } = options;
    const compiled = compile(options, configuration);
    const matcher = new Matcher(compiled, configuration.options);
    matcher.setLocalAddresses(addressesOf(options));

    const source = await openRing({ interfaces, interest: compiled.interest });
    const firewall = liveFirewall(configuration, options);
    try {
      const grants = await firewall.start(configuration.doors);
      if (grants.length > 0) options.say(`took over ${grants.length} open grants`);
    } catch (error) {
      await source.close();
      throw error;
    }
    return new Daemon(options, source, firewall, matcher);
  }

  /** Runs until `stop` or a failure; the totals at the end. */
  async run(): Promise<SourceCounters> {
    try {
      await this.#engine.run();
      return this.#source.counters();
    } finally {
      await this.#source.close();
      await this.#firewall.close();
    }
  }

  async stop(): Promise<void> {
    await this.#source.close();
  }

  /** Swaps in another configuration; attempts of doors that are the same go on. */
  async reload(configuration: Configuration): Promise<void> {
    const compiled = compile(this.#options, configuration);
    await this.#firewall.start(configuration.doors);
    this.#source.setInterest(compiled.interest);
    this.#matcher.replaceDoors(compiled);
    this.#matcher.setLocalAddresses(addressesOf(this.#options));
  }
}

function compile({ say }: DaemonOptions, { doors, options }: Configuration): CompiledDoors {
  const isKnockd = options.compat === 'knockd';
  const seed = isKnockd ? undefined : tripwireSeed(options.stateFolder, say);
  return compileDoors(doors, { seed, avoid: listeningPorts(), compat: options.compat });
}

function addressesOf({ interfaces, onlyIpv4 }: DaemonOptions) {
  return localAddresses(interfaces).filter(({ family }) => family === 4 || !onlyIpv4);
}
