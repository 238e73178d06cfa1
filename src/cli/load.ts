import type { Configuration } from '../config/configuration.ts';
import { loadConfiguration } from '../config/load.ts';
import { DEFAULT_CONFIG, lastText, type Flags } from './command.ts';
import { say } from './terminal.ts';

/** The configuration that the flags name; where it can't be loaded all its errors are said, and the answer is undefined. */
export function loadOrExplain(flags: Flags): Configuration | undefined {
  const file = lastText(flags, 'config') ?? DEFAULT_CONFIG;
  const compat = lastText(flags, 'compat') === 'knockd' ? { compat: 'knockd' as const } : {};
  const { configuration, problems } = loadConfiguration(file, compat);
  if (configuration !== undefined) return configuration;
  for (const problem of problems) if (problem.severity === 'error') say(problem.format());
  say(`postern: ${file} can't be loaded. See all of it: postern check -c ${file}`);
  return undefined;
}
