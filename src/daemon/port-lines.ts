import type { PortLine } from '../control/answers.ts';
import type { Door, OpenPorts } from '../door/door.ts';
import { onePortsText } from '../door/ports-text.ts';
import { isPortStep } from '../door/step.ts';
import type { Grant } from '../firewall/firewall.ts';
import type { PlacedPorts } from '../firewall/nft/open-ports.ts';
import { isElsewhere, type IsOurs } from '../firewall/nft/behind.ts';
import { formatAddress, sameAddress } from '../tuple/address.ts';
import type { Listener } from './listeners.ts';

/** What the states of ports follow from. */
export interface PortView {
  readonly doors: readonly Door[];
  readonly grants: readonly Grant[];
  /** Ports whose guard lets everybody in for now. */
  readonly lifted: readonly PlacedPorts[];
  readonly listeners: readonly Listener[];
  readonly isOurs: IsOurs;
}

/** A line for all ports that doors open, and for all that knocks go to if those may be told. */
export function portLines(view: PortView, tellsKnocks: boolean): PortLine[] {
  const opened = placesOf(view).flatMap(({ of, doors, grants }) =>
    byPorts(doors, ({ open }) => open).map((each) => openedLine(each, { ...view, grants }, of)),
  );
  const knocked = byPorts(tellsKnocks ? view.doors : [], knockPorts).map(
    ({ ports, doors }): PortLine => ({
      use: 'knock',
      ports,
      doors: doors.map(({ name }) => name),
      state: 'unguarded',
      sources: 0,
      listeners: listenersAt(ports, view),
    }),
  );
  return [...opened, ...knocked];
}

/** This host, and each machine behind it: the doors that are about its ports, and their grants. */
function placesOf({ doors, grants, isOurs }: PortView): Place[] {
  const machineOf = (door: Door): string | undefined =>
    isElsewhere(door, isOurs) ? formatAddress(door.target!) : undefined;
  const machines = new Set([undefined, ...doors.map(machineOf)]);
  return [...machines].map((of) => ({
    of,
    doors: doors.filter((door) => machineOf(door) === of),
    grants: grants.filter(({ door }) => machineOf(door) === of),
  }));
}

interface Place extends Pick<PortView, 'doors' | 'grants'> {
  /** The machine's address; undefined: it is this host. */
  readonly of: string | undefined;
}

interface Used {
  readonly ports: OpenPorts;
  readonly doors: Door[];
}

/** Rising, so that the order of a knock does not show. */
function byPorts(doors: readonly Door[], portsOf: (door: Door) => readonly OpenPorts[]): Used[] {
  const found = new Map<string, Used>();
  for (const door of doors) {
    for (const ports of portsOf(door)) {
      const text = onePortsText(ports);
      const used = found.get(text) ?? { ports, doors: [] };
      if (!used.doors.includes(door)) used.doors.push(door);
      found.set(text, used);
    }
  }
  return [...found.values()].sort(
    ({ ports: one }, { ports: other }) =>
      one.protocol.localeCompare(other.protocol) || one.from - other.from || one.to - other.to,
  );
}

function openedLine({ ports, doors }: Used, view: PortView, of: string | undefined): PortLine {
  const isGuarded = doors.some(({ guard }) => guard);
  const isLifted = view.lifted.some((each) => overlap(each, ports) && isAbout(doors, each, of));
  const sources = new Set(
    view.grants
      .filter((grant) => grant.ports.some((each) => overlap(each, ports)))
      .map(({ source, prefix }) => `${formatAddress(source)}/${prefix}`),
  ).size;
  const isHere = ports.forward === undefined && of === undefined;
  const guarded = isLifted ? 'lifted' : sources > 0 ? 'open' : 'closed';
  return {
    use: 'open',
    ports,
    ...(of === undefined ? {} : { of }),
    doors: doors.map(({ name }) => name),
    state: isGuarded ? guarded : 'unguarded',
    sources,
    listeners: isHere ? listenersAt(ports, view) : [],
  };
}

/** Whether one of these doors, which are about a place, is about the ports: this host's lead on to machines, too. */
function isAbout(
  doors: readonly Door[],
  { address }: PlacedPorts,
  of: string | undefined,
): boolean {
  return (
    (address === undefined && of === undefined) ||
    doors.some(({ target }) => target && address && sameAddress(target, address))
  );
}

function knockPorts({ steps, encoded }: Door): OpenPorts[] {
  if (encoded !== undefined) {
    const { carrier, span } = encoded;
    return carrier === 'icmp' ? [] : span.map(({ from, to }) => ({ protocol: carrier, from, to }));
  }
  return steps.filter(isPortStep).map(({ protocol, port }) => ({ protocol, from: port, to: port }));
}

/** Addresses, with the port where there are several to choose from. */
function listenersAt({ protocol, from, to }: OpenPorts, { listeners }: PortView): string[] {
  const here = listeners.filter(
    (each) => each.protocol === protocol && each.port >= from && each.port <= to,
  );
  const texts = here.map(({ address, port }) => {
    const text = formatAddress(address);
    if (from === to) return text;
    return `${address.family === 6 ? `[${text}]` : text}:${port}`;
  });
  return [...new Set(texts)];
}

function overlap(one: OpenPorts, other: OpenPorts): boolean {
  return one.protocol === other.protocol && one.from <= other.to && other.from <= one.to;
}
