import { launch } from './background.ts';
import type { Caller } from './caller.ts';
import { readKnockdFlags } from './knockd-flags.ts';
import type { Signals } from './signals.ts';

/** `knockd ...`; the exit code. `where`: whether we are the one who was started, or went to the background. */
export async function knockdMain(
  args: readonly string[],
  caller: Caller,
  where: 'foreground' | 'background',
  signals: Signals,
): Promise<number> {
  process.title = 'knockd';
  const flags = readKnockdFlags(args, caller);
  if (typeof flags === 'number') return flags;
  if (flags.isDaemon && where === 'foreground')
    return Promise.race([launch(args, caller), signals.end]);
  // Whoever only launches one, or asks for the version, need not load a daemon.
  const { runKnockd } = await import('./knockd-run.ts');
  return runKnockd(flags, caller, signals);
}
