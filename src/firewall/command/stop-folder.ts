import {
  closeSync,
  constants,
  fsync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
  fstatSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseAddress } from '../../tuple/address.ts';
import type { PendingStop, StopBook } from './stop-book.ts';

/** `ID.stop` waits; `ID.PID-BIRTH.run` is run by that process. */
const WAITS = /^([\w-]+)\.stop$/;
const RUNS = /^([\w-]+)\.(\d+)-(\d+)\.run$/;
/** No entry is longer: a command has 4095 bytes at most, and JSON makes six of one. */
const LONGEST = 65_536;

/**
 * Stop commands as files, one each, in a folder that nobody else can write to. Whoever renames a file
 * has claimed it, so that daemons which follow each other, or run side by side, run each stop once. What
 * a process had claimed when it died is run again: better twice than never.
 */
export function stopFolder(folder: string, guard: FolderGuard): StopBook {
  return new StopFolder(folder, guard);
}

/** Sees to it that the folder is there, and that nobody else can write to it. */
export interface FolderGuard {
  /** Makes the folder if need be; throws if it is not to be trusted. */
  open(): void;
  /** False if there is none; throws like `open`. */
  exists(): boolean;
}

class StopFolder implements StopBook {
  readonly #folder: string;
  readonly #guard: FolderGuard;
  readonly #me = `${process.pid}-${birthOf(process.pid) ?? 0}`;

  constructor(folder: string, guard: FolderGuard) {
    this.#folder = folder;
    this.#guard = guard;
  }

  /** A crash of ours loses nothing that was written; one of the machine, a stop of the last milliseconds. */
  keep(stop: PendingStop): void {
    this.#guard.open();
    const fresh = join(this.#folder, `${stop.id}.new`);
    const { O_CREAT, O_TRUNC, O_WRONLY, O_NOFOLLOW } = constants;
    const file = openSync(fresh, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW, 0o600);
    writeSync(file, JSON.stringify(stop));
    renameSync(fresh, this.#waiting(stop));
    fsync(file, () => closeSync(file));
  }

  claim(stop: PendingStop): PendingStop | undefined {
    const kept = this.#read(`${stop.id}.stop`);
    if (kept !== undefined && kept.dueAtMs > stop.dueAtMs && stop.dueAtMs > 0) return kept;
    try {
      renameSync(this.#waiting(stop), this.#running(stop));
      return stop;
    } catch {
      return undefined;
    }
  }

  done(stop: PendingStop): void {
    try {
      unlinkSync(this.#running(stop));
      rmdirSync(this.#folder); // goes only if it is empty
    } catch {
      // It is needed still, or was never kept.
    }
  }

  left(): PendingStop[] {
    if (!this.#guard.exists()) return [];
    return readdirSync(this.#folder).flatMap((name) => {
      const [, id, pid, birth] = RUNS.exec(name) ?? [];
      if (id !== undefined) {
        if (birthOf(Number(pid)) === birth) return [];
        renameSync(join(this.#folder, name), join(this.#folder, `${id}.stop`));
        return this.#read(`${id}.stop`) ?? [];
      }
      return WAITS.test(name) ? (this.#read(name) ?? []) : [];
    });
  }

  /** A file that is not ours alone may hold a stranger's command: it is as if it were not there. */
  #read(name: string): PendingStop | undefined {
    try {
      const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
      const file = openSync(join(this.#folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        const { uid, mode, nlink, size } = fstatSync(file);
        const isRegular = (mode & constants.S_IFMT) === constants.S_IFREG;
        const isOurs = uid === process.geteuid!() && (mode & 0o077) === 0 && nlink === 1;
        if (!isRegular || !isOurs || size > LONGEST) return undefined;
        return parse(readFileSync(file, 'utf8'), name);
      } finally {
        closeSync(file);
      }
    } catch {
      return undefined;
    }
  }

  #waiting({ id }: PendingStop): string {
    return join(this.#folder, `${id}.stop`);
  }

  #running({ id }: PendingStop): string {
    return join(this.#folder, `${id}.${this.#me}.run`);
  }
}

/** The entry, if it is whole: a machine that lost its power may have left half of one. */
function parse(text: string, name: string): PendingStop | undefined {
  const entry = JSON.parse(text) as Partial<PendingStop>;
  const isWhole =
    `${entry.id}.stop` === name &&
    typeof entry.door === 'string' &&
    typeof entry.command === 'string' &&
    typeof entry.dueAtMs === 'number' &&
    parseAddress(entry.source ?? '') !== undefined;
  return isWhole ? (entry as PendingStop) : undefined;
}

/** When a process began, in ticks since the boot; with it a number that is used again tells no lie. */
function birthOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
