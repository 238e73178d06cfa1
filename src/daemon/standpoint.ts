import type { Options } from '../config/configuration.ts';
import type { LinkNews } from '../source/link-watch.ts';
import type { RingTuples } from '../source/ring.ts';
import { formatAddress, type Address } from '../tuple/address.ts';
import { defaultInterface } from './default-interface.ts';
import type { LinkReport } from './link-report.ts';
import { vantageOf, type Vantage } from './vantage.ts';

/** What can listen elsewhere. */
type Listening = Pick<RingTuples, 'listenOn'>;

export interface StandpointParts {
  readonly interfaces: readonly string[];
  /** Nobody has named an interface: they go along with the default route. */
  readonly followsRoute: boolean;
  readonly onlyIpv4: boolean;
  /** Undefined: packets are heard of in other ways. */
  readonly ring: Listening | undefined;
  readonly options: () => Options;
  /** Told of what changes. */
  readonly onLink: (news: LinkReport) => void;
  /** Told of the host's addresses when they have changed. */
  readonly onAddresses: (addresses: readonly Address[]) => void;
}

/** Where the daemon stands in the network: the interfaces it listens on and the host's own addresses, as they are by now. */
export class Standpoint {
  readonly #parts: StandpointParts;
  #interfaces: readonly string[];
  #vantage: Vantage;

  constructor(vantage: Vantage, parts: StandpointParts) {
    this.#parts = parts;
    this.#interfaces = parts.interfaces;
    this.#vantage = vantage;
  }

  get interfaces(): readonly string[] {
    return this.#interfaces;
  }

  get vantage(): Vantage {
    return this.#vantage;
  }

  /** Something of the network has changed; 0.8 looks at it once, at its start. */
  onNews({ links, routes }: LinkNews): void {
    const { ring, followsRoute } = this.#parts;
    if (ring !== undefined && followsRoute && (links || routes)) this.#followRoute(ring);
    this.#followAddresses();
  }

  /** While there is no default route, the last one counts. */
  #followRoute(ring: Listening): void {
    const name = defaultInterface();
    if (name === undefined || name === this.#interfaces[0]) return;
    this.#interfaces = [name];
    ring.listenOn(this.#interfaces);
    this.#parts.onLink({ kind: 'route', interface: name });
  }

  #followAddresses(): void {
    const { options, onlyIpv4, onAddresses, onLink } = this.#parts;
    const before = this.#vantage.addresses;
    this.#vantage = vantageOf(options(), this.#interfaces, onlyIpv4);
    const { addresses } = this.#vantage;
    const [added, removed] = [without(addresses, before), without(before, addresses)];
    if (added.length + removed.length === 0) return;
    onAddresses(addresses);
    onLink({ kind: 'addresses', added, removed });
  }
}

function without(some: readonly Address[], others: readonly Address[]): readonly Address[] {
  const known = new Set(others.map(formatAddress));
  return some.filter((address) => !known.has(formatAddress(address)));
}
