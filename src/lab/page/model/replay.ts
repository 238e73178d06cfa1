import { KeyFileError } from '../../../codec/key-file.ts';
import { parseConfiguration } from '../../../config/load.ts';
import type { ConfigError } from '../../../config/config-error.ts';
import { Rehearsal } from '../../../engine/rehearsal.ts';
import type { MatcherStats } from '../../../matcher/decision-log.ts';
import type { Event } from '../../../report/event.ts';
import { readableRow } from '../../../report/readable.ts';
import { memorySource, type MemoryTuple } from '../../../source/memory.ts';
import { missingFiles, setFiles } from '../stand-in/fs.ts';
import type { Files } from './knock-form.ts';

/** One decision, in words. */
export interface Told {
  readonly when: string;
  readonly source: string;
  readonly door: string;
  readonly what: string;
  readonly event: Event['event'];
}

export interface Replayed {
  /** The parser's words, errors and warnings. */
  readonly problems: readonly ConfigError[];
  /** What the door file asks for and a page can't do. */
  readonly remarks: readonly string[];
  /** Files that are named and not there. */
  readonly missing: readonly string[];
  /** Undefined: the door file can't be used. */
  readonly run: { readonly told: readonly Told[]; readonly stats: MatcherStats } | undefined;
}

/** Runs packets through a door file, as `postern replay` does: the same parser, matcher, codecs and engine. */
export async function replay(
  files: Files,
  path: string,
  packets: readonly MemoryTuple[],
): Promise<Replayed> {
  setFiles(files);
  const { configuration, problems } = parseConfiguration(files.get(path) ?? '', path);
  const remarks = (configuration?.options.logs.patterns ?? []).length > 0 ? [NO_PATTERNS] : [];
  const withoutRun = () => ({ problems, remarks, missing: missingFiles(), run: undefined });
  if (configuration === undefined) return withoutRun();
  try {
    using rehearsal = new Rehearsal(configuration);
    const told: Told[] = [];
    const inOrder = packets.toSorted(
      (a, b) => a.seconds - b.seconds || (a.nanoseconds ?? 0) - (b.nanoseconds ?? 0),
    );
    const source = memorySource(inOrder, { interest: rehearsal.interest, capacity: 1 });
    await rehearsal.run(source, (event) => told.push(tell(event)));
    return {
      problems: [...problems, ...rehearsal.problems],
      remarks,
      missing: missingFiles(),
      run: { told, stats: rehearsal.stats() },
    };
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    return withoutRun();
  }
}

/** They would run in the page itself, which one that goes round in circles would end. */
const NO_PATTERNS =
  'log_pattern is not asked here: write its packets as TIME SOURCE tcp/PORT, or see postern replay';

/** What lines of logs begin with by a door file's `log_prefix`; undefined: it can't be used. */
export function logPrefixes(files: Files, path: string): readonly string[] | undefined {
  setFiles(files);
  return parseConfiguration(files.get(path) ?? '', path).configuration?.options.logs.prefixes;
}

function tell(event: Event): Told {
  const [when, source, door, what] = readableRow(event) ?? stepRow(event);
  return { when, source, door, what, event: event.event };
}

/** What a replay's log leaves out, and somebody who looks at one knock wants to see. */
function stepRow(event: Event): readonly [string, string, string, string] {
  const when = event.at.replace('T', ' ').slice(0, -4);
  if (event.event === 'stage') return [when, event.source, event.door, `stage ${event.stage}`];
  const door = 'door' in event ? event.door : '';
  return [when, event.source, door, 'the knock is right'];
}
