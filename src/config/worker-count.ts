import { availableParallelism } from 'node:os';
import { ConfigError, wholeFile } from './config-error.ts';
import type { Configuration, Options } from './configuration.ts';

/** More share no traffic that one host takes. */
const MOST_BY_ITSELF = 16;

/** How many workers an `[options]` section amounts to here, and what is worth a line about that. */
export interface WorkerCount {
  readonly workers: number;
  readonly remark?: string;
}

/** `cores`: how many threads this host runs at one time. */
export function workerCount(
  { workers: asked, sources, compat }: Pick<Options, 'workers' | 'sources' | 'compat'>,
  cores: number = availableParallelism(),
): WorkerCount {
  if (asked === 1) return { workers: 1 };
  if (compat === 'knockd') return oneWorker(asked, '0.8 has no others');
  if (sources.length !== 1 || sources[0]!.kind !== 'ring') {
    return oneWorker(asked, 'packets of logs and of other sources are not shared out');
  }
  if (asked === 'auto') return { workers: Math.min(cores, MOST_BY_ITSELF) };
  if (asked <= cores) return { workers: asked };
  return {
    workers: asked,
    remark: `${asked} workers on ${cores} ${cores === 1 ? 'core' : 'cores'}: more take turns, and gain nothing`,
  };
}

/** One, though more may have been asked for; whoever leaves the number to us need not hear why. */
export function oneWorker(asked: Options['workers'], why: string): WorkerCount {
  return asked === 'auto' ? { workers: 1 } : { workers: 1, remark: `one worker: ${why}` };
}

/** What `check` warns of where workers would gain nothing, or are none. */
export function adviseOnWorkers(configuration: Configuration | undefined): ConfigError[] {
  if (configuration === undefined) return [];
  const { remark } = workerCount(configuration.options);
  if (remark === undefined) return [];
  const place = wholeFile(configuration.file);
  return [new ConfigError(remark, { severity: 'warning', code: 'CONFIG_WORKERS', place })];
}
