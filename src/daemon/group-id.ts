import { readFileSync } from 'node:fs';

/** The number of a local group, by its name or number; undefined if there is none. */
export function groupId(name: string): number | undefined {
  if (/^\d{1,9}$/.test(name)) return Number(name);
  for (const line of readFileSync('/etc/group', 'utf8').split('\n')) {
    const [group, , id] = line.split(':');
    if (group === name && id !== undefined) return Number(id);
  }
  return undefined;
}
