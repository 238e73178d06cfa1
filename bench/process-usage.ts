import { readFileSync } from 'node:fs';

/** What the operating system says of a process. */
export interface ProcessUsage {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly residentBytes: number;
}

const TICKS_PER_SECOND = 100; // sysconf(_SC_CLK_TCK), the same on every Linux that node runs on
const PAGE_BYTES = 4096;

/** Fields of /proc/PID/stat behind the command's name; see proc(5). */
export function processUsage(pid: number): ProcessUsage {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    userSeconds: Number(fields[11]) / TICKS_PER_SECOND,
    systemSeconds: Number(fields[12]) / TICKS_PER_SECOND,
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  };
}
