import { oneWorker, workerCount, type WorkerCount } from '../config/worker-count.ts';
import type { Configuration } from '../config/configuration.ts';
import type { DoorSet } from '../engine/matching.ts';
import type { Workers } from '../engine/workers/workers.ts';
import type { MatcherOptions } from '../matcher/matcher.ts';
import type { LinkEvent } from '../source/link-event.ts';
import type { LinkNews } from '../source/link-watch.ts';
import type { FollowOptions } from '../source/ring.ts';
import type { Address } from '../tuple/address.ts';
import type { DaemonOptions } from './daemon-options.ts';
import { LiveSources } from './live-sources.ts';

/** What packets come in by: sources in this thread, or workers that have rings of their own. */
export type Intake = LiveSources | Workers;

export interface IntakeParts {
  readonly doorSet: DoorSet;
  /** Whether packets that this host sends are knocks as well. */
  readonly hearsOutgoing: boolean;
  /** By series of codes, up to which number all are used by now. */
  readonly used: () => ReadonlyMap<string, number>;
  /** Told of links, addresses and routes. */
  readonly onNews: (news: LinkNews) => void;
  /** The host's own addresses. */
  readonly addresses: () => readonly Address[];
}

/** Opens all that packets come in by, or nothing. Says why there is one worker where more were asked for. */
export async function openIntake(options: DaemonOptions, parts: IntakeParts): Promise<Intake> {
  const { configuration, interfaces } = options;
  const { doorSet, hearsOutgoing, used, onNews } = parts;
  const follow = followOptions(options, onNews);
  const { workers, remark } = countWorkers(options);
  if (remark !== undefined) options.say(remark);
  if (follow !== undefined && workers > 1) {
    const matcher = matcherOptions(configuration);
    const { Workers } = await import('../engine/workers/workers.ts'); // most daemons have none
    return Workers.start({ workers, interfaces, doors: doorSet, matcher, used, follow });
  }
  return LiveSources.open({
    ...configuration.options,
    interest: doorSet.compiled.interest,
    ring: { interfaces, hearsOutgoing, ...(follow && { follow }) },
    onNews,
    tell: options.complain,
    targets: parts.addresses,
  });
}

/** 0.8 fails where an interface is missing, and ends when it is deleted. */
function followOptions(
  { configuration, followsRoute, onLink }: DaemonOptions,
  onNews: (news: LinkNews) => void,
): FollowOptions | undefined {
  if (configuration.options.compat === 'knockd') return undefined;
  const tell = (event: LinkEvent): void => onLink({ kind: 'interface', event });
  return { onLink: tell, onNews, hearsRoutes: followsRoute };
}

/** What is left out, or told packet by packet, needs all of them in one thread. */
function countWorkers({ configuration, onlyIpv4, debug }: DaemonOptions): WorkerCount {
  const { options } = configuration;
  const count = workerCount(options);
  const flag = onlyIpv4 ? '-4' : debug !== undefined ? '-D' : undefined;
  if (flag === undefined || count.workers === 1) return count;
  return oneWorker(options.workers, `${flag} needs all packets in one thread`);
}

function matcherOptions({ options }: Configuration): MatcherOptions {
  const { maxAttempts, eventLinesPerSecond, scans } = options;
  return { maxAttempts, eventLinesPerSecond, scans };
}
