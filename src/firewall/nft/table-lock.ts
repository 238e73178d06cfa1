import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { native } from '../../native.ts';
import { FirewallError } from '../firewall-error.ts';

const NAMESPACE = '/proc/self/ns/net';

/** The lock of `lockTable`, held for as long as one of those is left who took it. */
export class TableLock {
  #holders = 0;
  #lock: Disposable | undefined;

  take(): Disposable {
    this.#lock ??= lockTable();
    this.#holders++;
    return { [Symbol.dispose]: () => this.#giveBack() };
  }

  #giveBack(): void {
    if (--this.#holders > 0) return;
    this.#lock?.[Symbol.dispose]();
    this.#lock = undefined;
  }
}

/**
 * Keeps a second program from our table: there is one in a network namespace, so the lock is on the
 * namespace itself. The kernel lets go of it however the process ends. Anybody may lock that file, so a
 * holder who could not change the table anyhow keeps nobody out.
 */
export function lockTable(): Disposable {
  const file = openSync(NAMESPACE, 'r');
  if (lockFile(file)) return { [Symbol.dispose]: () => closeSync(file) };
  const pid = holderOf(fstatSync(file).ino);
  closeSync(file);
  if (pid !== undefined && isStranger(pid)) return { [Symbol.dispose]: () => {} };
  const who = pid === undefined ? 'another program' : `process ${pid}`;
  const reason = `${who} keeps table inet postern in this network namespace`;
  throw new FirewallError('FIREWALL_IN_USE', 'take the table', reason);
}

function lockFile(file: number): boolean {
  return (native() as unknown as { lockFile: (descriptor: number) => boolean }).lockFile(file);
}

/** Who holds the lock, as far as the kernel names him: not beyond our own pid namespace. */
function holderOf(inode: number): number | undefined {
  const locks = readFileSync('/proc/locks', 'utf8').split('\n');
  const line = locks.find((each) => each.includes('FLOCK') && each.includes(`:${inode} `));
  const pid = Number(line?.trim().split(/\s+/)[4]);
  return pid > 0 ? pid : undefined;
}

function isStranger(pid: number): boolean {
  try {
    const { uid } = statSync(`/proc/${pid}`);
    return uid !== 0 && uid !== process.getuid?.();
  } catch {
    return true; // it has just ended
  }
}
