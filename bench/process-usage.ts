import { readdirSync, readFileSync } from 'node:fs';

/** What the operating system says of a process. */
export interface ProcessUsage {
  /** Time on a processor, user and system, of all its threads; exact, where ticks would be guesses. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

const PAGE_BYTES = 4096;

/** From /proc/PID/task/TID/schedstat (nanoseconds first) and /proc/PID/statm (resident pages second). */
export function processUsage(pid: number): ProcessUsage {
  const nanoseconds = readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
    .reduce((sum, text) => sum + Number(text), 0);
  const residentPages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return { cpuSeconds: nanoseconds / 1e9, residentBytes: residentPages * PAGE_BYTES };
}
