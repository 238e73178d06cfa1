import { ListReader, type AddressLists } from '../config/address-lists.ts';
import { advise } from '../config/advice.ts';
import { inFileOrder, type ConfigError } from '../config/config-error.ts';
import type { Configuration } from '../config/configuration.ts';
import { checkTrust } from '../config/file-trust.ts';
import { loadConfiguration, type LoadOptions } from '../config/load.ts';
import { adviseOnSecrecy } from '../config/secrecy.ts';
import { adviseOnSources } from '../config/source-advice.ts';
import { adviseOnWorkers } from '../config/worker-count.ts';
import { hostPorts } from '../daemon/host-ports.ts';
import { readListsAgain } from '../daemon/read-lists.ts';
import { compileDoors, type CompiledDoors } from '../matcher/compile-doors.ts';

/** What a look at a door file finds. */
export interface Findings {
  readonly file: string;
  /** Undefined: it can't be loaded. */
  readonly configuration: Configuration | undefined;
  /** How many doors there are. */
  readonly doors: number;
  /** They, and actions with ports of their own. */
  readonly compiled: CompiledDoors;
  readonly lists: AddressLists | undefined;
  /** In the order of the files. */
  readonly problems: readonly ConfigError[];
  readonly errors: number;
}

/** Reads a door file with all that it names, as the daemon would here, and looks for what is wrong with it. */
export function examine(file: string, options: LoadOptions): Findings {
  const loaded = loadConfiguration(file, options);
  const { configuration, files } = loaded;
  // The daemon lays decoys by a seed of its own; how many there are is the same for all seeds.
  const compiled = compileDoors(configuration?.doors ?? [], {
    compat: configuration?.options.compat,
    seed: 'any',
  });
  const lists = configuration && readListsAgain(new ListReader(), configuration);
  const problems = [
    ...loaded.problems,
    ...advise(loaded, compiled, hostPorts()),
    ...adviseOnSecrecy(files),
    ...checkTrust(files, configuration),
    ...adviseOnSources(configuration),
    ...adviseOnWorkers(configuration),
    ...(lists?.problems ?? []),
  ];
  return {
    file,
    configuration,
    doors: compiled.doors.filter(({ door }) => door.isAction !== true).length,
    compiled,
    lists,
    problems: inFileOrder(problems, files),
    errors: problems.filter(({ severity }) => severity === 'error').length,
  };
}
