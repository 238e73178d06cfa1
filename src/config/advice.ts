import { portsText } from '../door/ports-text.ts';
import type { Door } from '../door/door.ts';
import type { CompiledDoors } from '../matcher/compile-doors.ts';
import {
  ECHO_KEYS,
  portOf,
  protocolOf,
  type CompiledDoor,
  type PortKey,
} from '../matcher/compiled-door.ts';
import { scanOdds } from '../matcher/scan-odds.ts';
import { formatAddress, sameAddress, type Address } from '../tuple/address.ts';
import type { ConfigError } from './config-error.ts';
import { accessOf } from './convert/door-access.ts';
import type { Fragment } from './lexer.ts';
import type { DoorPlaces, Loaded } from './load.ts';
import { spanTroubles } from './span-advice.ts';
import { adviseOnPorts, UNKNOWN_PORTS, type HostPorts } from './port-advice.ts';
import { Report } from './report.ts';

/** Odds that are worth a warning: one scan in so many. */
const LOW_ODDS = 100;

/**
 * What `check` warns of though the file is right: doors that scans open, doors that get in each other's
 * way. `compiled` are the doors of `loaded`; with the daemon's seed the odds count its decoys. `ports` are
 * those of the host that the doors are for.
 */
export function advise(
  loaded: Loaded,
  compiled: CompiledDoors,
  ports: HostPorts = UNKNOWN_PORTS,
): ConfigError[] {
  const report = new Report(loaded.file, false);
  for (const door of compiled.doors) {
    const places = loaded.places.get(door.door);
    if (places === undefined || door.door.isAction === true) continue;
    const at = sequencePlace(places);
    if (door.door.encoded === undefined) {
      adviseOnGuessing(door, compiled, at, report);
      adviseOnOthers(door, compiled, at, report);
      adviseOnPorts(door.door, ports, at, report);
    } else {
      const doors = compiled.doors.map((each) => each.door);
      for (const trouble of spanTroubles(door.door, doors, ports)) {
        const message = `the span of door "${door.door.name}" ${trouble}`;
        report.warning(spanPlace(places), 'CONFIG_BUSY_PORT', message);
      }
    }
    adviseOnCommands(door.door, places, report);
  }
  return report.problems;
}

/** A door whose ports are sent on is about ports of this host: knocks at another address are for others. */
export function checkTargets(loaded: Loaded, local: readonly Address[]): ConfigError[] {
  const report = new Report(loaded.file, false);
  for (const [{ name, open, target }, { directives }] of loaded.places) {
    const isSentOn = open.some(({ forward }) => forward !== undefined);
    if (!isSentOn || target === undefined) continue;
    if (local.some((address) => sameAddress(address, target))) continue;
    const message = `door "${name}" can't send on ports of ${formatAddress(target)}: it is another host's address`;
    report.error(directives.get('Target')!, 'CONFIG_FOREIGN_TARGET', message, {
      hint: 'without Target, or without "->"',
    });
  }
  return report.problems;
}

function sequencePlace({ title, directives }: DoorPlaces): Fragment {
  return directives.get('Sequence') ?? directives.get('One_Time_Sequences') ?? title;
}

function spanPlace({ title, directives }: DoorPlaces): Fragment {
  return directives.get('span') ?? directives.get('Sequence') ?? title;
}

function adviseOnGuessing(
  compiled: CompiledDoor,
  doors: CompiledDoors,
  at: Fragment,
  report: Report,
): void {
  const { door, tripwires } = compiled;
  const name = `door "${door.name}"`;
  if (door.steps.length === 1) {
    const message = `${name} opens at a single packet: every scan finds it`;
    report.warning(at, 'CONFIG_EASY_TO_GUESS', message);
    return;
  }
  const order = scanOrder(compiled);
  if (order !== undefined) {
    const message =
      tripwires.length === 0
        ? `${name} can be opened by one scan`
        : `only tripwires keep a scan from opening ${name}`;
    report.warning(at, 'CONFIG_EASY_TO_GUESS', message, {
      hint: `${order} ports: a scan in that order hits them all`,
    });
  } else if (hasNeighbours(compiled.steps)) {
    const message = `${name} has neighbouring ports, which scanners try together`;
    report.warning(at, 'CONFIG_EASY_TO_GUESS', message);
  }
  const odds = scanOdds(doors, compiled);
  if (order === undefined && odds < LOW_ODDS) {
    const message = `one scan in ${odds} in random order opens ${name}`;
    report.warning(at, 'CONFIG_EASY_TO_GUESS', message, { hint: 'more steps make it rarer' });
  }
}

/** Scanners go up or down one protocol's ports; a door that mixes protocols is in neither's way, and nobody scans sizes of pings. */
function scanOrder({ steps }: CompiledDoor): 'rising' | 'falling' | undefined {
  const [first] = steps;
  const isOne = steps.every((key) => protocolOf(key) === protocolOf(first!));
  if (!isOne || first! >= ECHO_KEYS) return undefined;
  const pairs = steps.slice(1).map((key, at) => key - steps[at]!);
  if (pairs.every((apart) => apart > 0)) return 'rising';
  return pairs.every((apart) => apart < 0) ? 'falling' : undefined;
}

function hasNeighbours(steps: readonly PortKey[]): boolean {
  const ports = steps.map((key) => (key < ECHO_KEYS ? portOf(key) : Number.NaN));
  return ports.some((port, at) => Math.abs(port - ports[at - 1]!) === 1);
}

/** Doors whose knock is, or begins with, this door's. */
function adviseOnOthers(
  compiled: CompiledDoor,
  { doors }: CompiledDoors,
  at: Fragment,
  report: Report,
): void {
  const { door, steps, index } = compiled;
  for (const other of doors) {
    if (other === compiled || other.steps.length === 0) continue;
    if (!beginsWith(other.steps, steps)) continue;
    const isSame = other.steps.length === steps.length;
    if (isSame && other.index < index) continue; // said once, at the first of the two
    const message = isSame
      ? `doors "${door.name}" and "${other.door.name}" have the same knock: it opens both`
      : `whoever knocks at door "${other.door.name}" opens "${door.name}" on the way`;
    report.warning(at, 'CONFIG_AMBIGUOUS_DOORS', message);
  }
}

function beginsWith(steps: readonly PortKey[], beginning: readonly PortKey[]): boolean {
  return beginning.every((key, at) => steps[at] === key);
}

/** Commands that do no more than `open` would do by itself. */
function adviseOnCommands(
  { name, commands, open }: Door,
  { directives }: DoorPlaces,
  report: Report,
): void {
  if (commands === undefined || open.length > 0) return;
  const { timeoutSeconds, ...texts } = commands;
  const timeout = timeoutSeconds === undefined ? {} : { commandTimeout: timeoutSeconds };
  const access = accessOf({ ...texts, ...timeout });
  if ('reason' in access || access.seconds === undefined) return;
  const at = directives.get('Start_Command') ?? directives.get('Start_Command_6')!;
  const ports = portsText(access.ports);
  const message = `door "${name}" could have "open = ${ports}" in place of its commands`;
  report.warning(at, 'CONFIG_COULD_OPEN', message, {
    hint: 'the kernel closes that by itself; see postern convert',
  });
}
