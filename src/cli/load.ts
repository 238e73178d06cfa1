import type { ConfigError } from '../config/config-error.ts';
import type { Configuration } from '../config/configuration.ts';
import { loadConfiguration, type Loaded } from '../config/load.ts';
import { compatOf, configFile, lastText, type Flags } from './command.ts';
import { foldersOfSystemd } from './systemd-folders.ts';
import { say } from './terminal.ts';

/**
 * The configuration that the flags name; where it can't be loaded, or a further check finds errors, all
 * of them are said, and the answer is undefined.
 */
export function loadOrExplain(
  flags: Flags,
  furtherCheck: (loaded: Loaded) => readonly ConfigError[] = () => [],
  complain: (line: string) => void = say,
): Configuration | undefined {
  const file = configFile(flags);
  const user = lastText(flags, 'user');
  const initial = { ...foldersOfSystemd(), ...(user === undefined ? {} : { user }) };
  const loaded = loadConfiguration(file, { compat: compatOf(flags), initial });
  const problems = [...loaded.problems, ...furtherCheck(loaded)];
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return loaded.configuration;
  for (const error of errors) complain(error.format());
  complain(`postern: ${file} can't be loaded. See all of it: postern check -c ${file}`);
  return undefined;
}
