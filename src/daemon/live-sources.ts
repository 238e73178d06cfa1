import type { LogOptions } from '../config/configuration.ts';
import { hasRing, type PacketSource } from '../config/packet-source.ts';
import type { Address } from '../tuple/address.ts';
import type { Interest } from '../matcher/interest.ts';
import { LinkWatch, type LinkNews } from '../source/link-watch.ts';
import { mergedSource } from '../source/merged.ts';
import { openNflog } from '../source/nflog.ts';
import { openRing, type RingOptions, type RingTuples } from '../source/ring.ts';
import type { TupleSource } from '../source/source.ts';
import { SteadyClock } from '../source/steady-clock.ts';

export interface LiveSourceOptions {
  readonly sources: readonly PacketSource[];
  readonly interest: Interest;
  readonly ring: Omit<RingOptions, 'interest'>;
  readonly logs: LogOptions;
  /** Told of links where no ring tells of them. */
  readonly onNews: (news: LinkNews) => void;
  readonly tell: (line: string) => void;
  /** The host's own addresses. */
  readonly targets: () => readonly Address[];
}

/** Everything that the daemon hears packets by: its ring, and logs beside it or in its place. */
export class LiveSources implements AsyncDisposable {
  readonly ring: RingTuples | undefined;
  /** All of them as one. */
  readonly tuples: TupleSource;
  /** One by one, those beside the ring first. */
  readonly all: readonly TupleSource[];
  readonly #clock: SteadyClock;
  readonly #links: LinkWatch | undefined;

  private constructor(
    beside: readonly TupleSource[],
    ring: RingTuples | undefined,
    clock: SteadyClock,
    links: LinkWatch | undefined,
    interest: Interest,
  ) {
    this.ring = ring;
    this.all = ring === undefined ? beside : [...beside, ring];
    this.tuples = mergedSource(this.all, interest);
    this.#clock = clock;
    this.#links = links;
  }

  /** Opens all of them or none. */
  static async open(options: LiveSourceOptions): Promise<LiveSources> {
    const { sources, interest } = options;
    const clock = new SteadyClock();
    const opened: TupleSource[] = [];
    try {
      for (const source of sources) {
        if (source.kind !== 'ring') opened.push(await openBeside(source, options, clock));
      }
      const beside = [...opened];
      if (!hasRing(sources)) {
        const links = new LinkWatch(options.onNews, { hearsRoutes: false });
        return new LiveSources(beside, undefined, clock, links, interest);
      }
      const ring = await openRing({ ...options.ring, interest });
      return new LiveSources(beside, ring, clock, undefined, interest);
    } catch (error) {
      for (const source of opened) await source.close();
      throw error;
    }
  }

  /** How far the wall clock has been set ahead since the start: no packet's time shows it. */
  wallShift(): number {
    return this.ring?.wallShift() ?? this.#clock.shiftUs();
  }

  /** Whether packets lie there that have not been taken. */
  hasFrames(): boolean {
    return this.ring?.hasFrames() ?? false;
  }

  async close(): Promise<void> {
    this.#links?.[Symbol.dispose]();
    await this.tuples.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What reads logs is loaded where one is followed: most daemons have a ring alone. */
async function openBeside(
  source: Exclude<PacketSource, { kind: 'ring' }>,
  { interest, logs, tell, targets }: LiveSourceOptions,
  clock: SteadyClock,
): Promise<TupleSource> {
  switch (source.kind) {
    case 'log': {
      const { prefixes, patterns, trusted } = logs;
      const rules = { prefixes, patterns, trusts: trusted.includes(source.path) };
      const { followLog } = await import('../source/log/follow-log.ts');
      return followLog(source.path, { interest, rules, tell, clock, targets });
    }
    case 'nflog':
      return openNflog({ groups: [source.group], interest });
  }
}
