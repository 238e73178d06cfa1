import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What /proc/PID/task/N/status says of the rights of each thread. */
export function rightsOf(pid: number): Record<string, string>[] {
  return readdirSync(`/proc/${pid}/task`).map((task) => {
    const lines = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8').split('\n');
    const fields = lines.map((line) => line.split(':\t') as [string, string]);
    return Object.fromEntries(fields.filter(([name]) => NAMES.has(name)));
  });
}

/** What each descriptor leads to. */
export function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).map((name) => readlinkSync(`${folder}/${name}`));
}

const NAMES = new Set('Uid Gid Groups CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs'.split(' '));
