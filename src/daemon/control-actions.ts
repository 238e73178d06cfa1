import type {
  GrantAnswer,
  GrantLine,
  ReloadAnswer,
  SourceStatus,
  StatusAnswer,
} from '../control/answers.ts';
import { ControlError } from '../control/control-error.ts';
import { inTurns } from '../control/in-turns.ts';
import type { ControlActions, RequestOf } from '../control/server.ts';
import { sourcesOf } from '../control/sources.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Door } from '../door/door.ts';
import type { PlacedPorts } from '../firewall/nft/open-ports.ts';
import type { Engine } from '../engine/engine.ts';
import { isWithin } from '../engine/network-of.ts';
import { blockActions } from './block-actions.ts';
import type { Blocking } from './blocking.ts';
import type { CountedRange } from '../firewall/block.ts';
import type { Firewall, Grant, Opening } from '../firewall/firewall.ts';
import { monotonicMs } from '../firewall/clock.ts';
import { rejectedOf } from '../source/rejected.ts';
import { formatAddress } from '../tuple/address.ts';
import { longestPrefix, type Network } from '../tuple/network.ts';
import type { Hearing } from './hearing.ts';
import { ownAddresses } from './forwarding.ts';
import { listeners } from './listeners.ts';
import { portLines } from './port-lines.ts';
import { packageVersion } from '../package-version.ts';

/** What the control socket may see of a daemon, and do with it. */
export interface Controlled {
  configuration(): Configuration;
  interfaces(): readonly string[];
  readonly hearing: Pick<Hearing, 'matching' | 'each' | 'counters' | 'settle'>;
  reload(allowUnguard: boolean): Promise<ReloadAnswer>;
  readonly engine: Engine;
  readonly firewall: Firewall;
  readonly blocking: Blocking;
  listCounters(): readonly CountedRange[];
  /** Ports whose guard lets everybody in for now. */
  lifted(): readonly PlacedPorts[];
  /** Encoded knocks that were refused since they had been used. */
  replayed(): number;
  /** What is worth knowing about the table and the sets as they are. */
  remarks(): readonly string[];
}

/** Answers what comes over the control socket. */
export function controlActions(daemon: Controlled): ControlActions {
  const startedMs = monotonicMs();
  const grants = (): readonly Grant[] => daemon.firewall.grants(monotonicMs());
  return {
    status: async (control, ports) => {
      await daemon.hearing.settle();
      const status = statusOf(daemon, startedMs, control);
      if (ports === 'none') return status;
      const { doors } = daemon.configuration();
      const view = {
        doors,
        grants: grants(),
        lifted: daemon.lifted(),
        listeners: listeners(),
        isOurs: ownAddresses(),
      };
      return { ...status, ports: portLines(view, ports === 'all') };
    },
    list: async () => ({
      grants: await inTurns(await daemon.firewall.listed(monotonicMs()), grantLine),
    }),
    grant: (request, by) => grantByHand(daemon, request, by),
    revoke: ({ door, source, isDry }) => {
      const doors = door === undefined ? daemon.configuration().doors : doorsCalled(daemon, door);
      const revoked = isDry
        ? grants().filter((grant) => isAbout(grant, doors, source))
        : doors.flatMap((each) => daemon.engine.revoke(each, source));
      return { revoked: revoked.map(grantLine) };
    },
    ...blockActions(daemon),
    reload: ({ allowUnguard }) => daemon.reload(allowUnguard),
  };
}

function statusOf(
  { configuration, interfaces, hearing, firewall, replayed, remarks }: Controlled,
  startedMs: number,
  control: StatusAnswer['control'],
): StatusAnswer {
  const { file, doors } = configuration();
  const { packets, dropped } = hearing.counters();
  const stats = hearing.matching.stats();
  const open = firewall.counted(monotonicMs());
  const { late, early, forged, tooWide, notOffered, garbled, unfinished, ignored } = stats;
  return {
    version: packageVersion(),
    pid: process.pid,
    file,
    interfaces: interfaces(),
    upSeconds: Math.round((monotonicMs() - startedMs) / 1000),
    doors: doors.map((door) => ({
      name: door.name,
      open: door.open,
      openForSeconds: door.openForSeconds,
      ...(door.holds === true ? { isHeld: true as const } : {}),
      grants: open.get(door) ?? 0,
    })),
    packets,
    dropped,
    sources: hearing.each.map(sourceStatus),
    knocks: stats.knocks,
    refusedKnocks: {
      replayed: replayed(),
      late,
      early,
      forged,
      tooWide,
      notOffered,
      garbled,
      unfinished,
    },
    ignored,
    blockedKnocks: stats.blocked,
    grants: [...open.values()].reduce((sum, count) => sum + count, 0),
    remarks: remarks(),
    control,
  };
}

function sourceStatus(source: Hearing['each'][number]): SourceStatus {
  const counters = source.counters();
  const { packets, dropped, lines } = counters;
  const rejected = rejectedOf(counters);
  return {
    name: source.name,
    packets,
    dropped,
    rejected,
    ...(lines === undefined ? {} : { lines }),
  };
}

function doorsCalled(daemon: Controlled, name: string): readonly Door[] {
  const doors = daemon.configuration().doors.filter((door) => door.name === name);
  if (doors.length > 0) return doors;
  throw new ControlError('NO_SUCH_DOOR', `no door is called ${JSON.stringify(name)}`);
}

function isAbout(
  { door, source }: Grant,
  doors: readonly Door[],
  from: Network | undefined,
): boolean {
  const isThere = doors.some(({ name }) => name === door.name);
  return isThere && (from === undefined || isWithin(from, source));
}

/** Opens all doors of one name, for all sources of a network, in one transaction. */
function grantByHand(daemon: Controlled, request: RequestOf<'grant'>, by: string): GrantAnswer {
  const { forSeconds, isDry, source: network } = request;
  const doors = doorsCalled(daemon, request.door);
  const held = doors.find(({ holds }) => holds);
  if (held !== undefined && forSeconds !== undefined) {
    const message = `door ${held.name} stays open until it is closed, and takes no time: postern revoke ends it`;
    throw new ControlError('REFUSED', message);
  }
  const openings = doors.flatMap((door) =>
    sourcesOf(network, door).map((source): Opening => {
      return { door, source, openForMs: (forSeconds ?? door.openForSeconds) * 1000, by };
    }),
  );
  const answer = {
    ports: doors.flatMap(({ open }) => open),
    forSeconds: Math.max(...openings.map(({ openForMs }) => openForMs)) / 1000,
  };
  if (isDry) return { granted: openings.length, renewed: 0, ...answer };
  const outcomes = daemon.engine.open(openings);
  const refused = outcomes.find(({ kind }) => kind === 'refused');
  if (refused?.kind === 'refused') {
    const count = outcomes.filter(({ kind }) => kind === 'refused').length;
    const ofHowMany = outcomes.length === 1 ? '' : `${count} of ${outcomes.length}: `;
    throw new ControlError('REFUSED', `${ofHowMany}${refused.error?.message ?? refused.reason}`);
  }
  return {
    granted: outcomes.length,
    renewed: outcomes.filter((outcome) => outcome.kind === 'opened' && outcome.renewed).length,
    ...answer,
  };
}

function grantLine({ door, source, prefix, ports, untilMs, aliveUntilMs, by }: Grant): GrantLine {
  const length = prefix === longestPrefix(source.family) ? '' : `/${prefix}`;
  return {
    door: door.name,
    source: `${formatAddress(source)}${length}`,
    ports,
    leftSeconds: secondsTo(untilMs),
    ...(aliveUntilMs === undefined ? {} : { silenceSeconds: secondsTo(aliveUntilMs) }),
    by,
  };
}

function secondsTo(untilMs: number): number {
  return Math.max(0, Math.round(untilMs - monotonicMs()) / 1000);
}
