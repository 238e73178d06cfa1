import type { Door } from '../../src/door/door.ts';
import { compileDoors, type CompileOptions } from '../../src/matcher/compile-doors.ts';
import type { Decision } from '../../src/matcher/decision.ts';
import { Matcher, type MatcherOptions } from '../../src/matcher/matcher.ts';
import { batchOf, readable, type Packet } from './tuples.ts';

export type DecideOptions = CompileOptions & MatcherOptions;

/** A matcher over these doors that takes packets as tests write them and answers with a readable log. */
export class TestMatcher {
  readonly matcher: Matcher;

  constructor(doors: readonly Door[], options: DecideOptions = {}) {
    this.matcher = new Matcher(compileDoors(doors, options), { maxAttempts: 1024, ...options });
  }

  decide(packets: readonly Packet[]): string[] {
    return readable(this.decisions(packets));
  }

  decisions(packets: readonly Packet[]): Decision[] {
    const decisions: Decision[] = [];
    this.matcher.match(batchOf(packets), decisions);
    return decisions;
  }
}

/** What one matcher decides about one batch. */
export function decide(
  doors: readonly Door[],
  packets: readonly Packet[],
  options: DecideOptions = {},
): string[] {
  return new TestMatcher(doors, options).decide(packets);
}

/** Only who got in, as `source door`. */
export function opened(log: readonly string[]): string[] {
  return log.filter((line) => line.endsWith(' open')).map((line) => line.slice(0, -' open'.length));
}

/** SYNs to these ports, each a millisecond after the one before. */
export function syns(ports: readonly number[], over: Packet = {}): Packet[] {
  return ports.map((tcp) => ({ tcp, ...over }));
}
