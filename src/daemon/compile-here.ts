import type { Configuration } from '../config/configuration.ts';
import type { Door } from '../door/door.ts';
import type { CompileRules, DoorSet } from '../engine/matching.ts';
import { compileDoors } from '../matcher/compile-doors.ts';
import type { CodecOf } from '../matcher/encoded/codec.ts';
import { listeningPorts } from './listening-ports.ts';
import { tripwireSeed } from './seed.ts';
import type { Vantage } from './vantage.ts';
import { watchedPorts } from '../config/watched-ports.ts';

/** Compiles doors as this host has them: with decoys where nobody listens, and what is watched for scans. */
export function compileHere(
  say: (line: string) => void,
  { options }: Configuration,
  doors: readonly Door[],
  { isUnfiltered }: Vantage,
  codecOf: CodecOf,
): DoorSet {
  const { compat, stateFolder } = options;
  const seed = compat === 'knockd' ? undefined : tripwireSeed(stateFolder, say);
  const watch = watchedPorts(doors, options);
  const rules: CompileRules = { seed, avoid: listeningPorts(), compat, isUnfiltered, watch };
  return { doors, rules, compiled: compileDoors(doors, { ...rules, codecOf }) };
}
