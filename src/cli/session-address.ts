import { readFileSync } from 'node:fs';

/** More ancestors than any shell has. */
const MOST_ANCESTORS = 64;

/**
 * Addresses that the session of this process comes from, as sshd tells it in SSH_CONNECTION. sudo takes
 * that out of the environment, so the environments of all processes above are looked at.
 */
export function sessionAddresses(pid: number = process.pid): string[] {
  const found: string[] = [];
  for (let depth = 0; pid > 1 && depth < MOST_ANCESTORS; depth++) {
    const environment = read(`/proc/${pid}/environ`).split('\0');
    const line = environment.find((each) => each.startsWith('SSH_CONNECTION='));
    const address = line?.slice('SSH_CONNECTION='.length).split(' ')[0];
    if (address !== undefined && address !== '') found.push(address.replace(/%.*$/, ''));
    pid = Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  }
  return [...new Set(found)];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // gone, or not ours to read
  }
}
