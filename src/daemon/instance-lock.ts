import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { native } from '../native.ts';
import { openStateFolder } from './state-folder.ts';

/** A daemon for the same file and interfaces runs already. */
export class DaemonRunsError extends Error {
  readonly code = 'DAEMON_RUNS';
}

/**
 * Keeps a second daemon for the same file and interfaces out, for as long as this process lives: the
 * kernel lets go of the lock however the process ends, so nothing stale is ever in the way. Where no
 * lock can be had (no state folder, a file system without locks) that is said, and the daemon runs.
 */
export function lockInstance(
  stateFolder: string,
  name: string,
  say: (line: string) => void,
): Disposable {
  const { O_CREAT, O_RDWR, O_NOFOLLOW } = constants;
  let file: number | undefined;
  try {
    const path = `${openStateFolder(stateFolder)}/${name}.lock`;
    file = openSync(path, O_CREAT | O_RDWR | O_NOFOLLOW, 0o600);
    if (!lockFile()(file)) {
      const pid = readFileSync(file, 'utf8').trim();
      throw new DaemonRunsError(
        `a daemon for this file and these interfaces runs already: pid ${pid}`,
      );
    }
    ftruncateSync(file);
    writeSync(file, `${process.pid}\n`, 0);
  } catch (error) {
    if (file !== undefined) closeSync(file);
    file = undefined;
    if (error instanceof DaemonRunsError) throw error;
    say(`a second daemon is not kept out: ${(error as Error).message}`);
  }
  return {
    [Symbol.dispose]() {
      if (file !== undefined) closeSync(file);
    },
  };
}

function lockFile(): (descriptor: number) => boolean {
  return (native() as unknown as { lockFile: (descriptor: number) => boolean }).lockFile;
}
