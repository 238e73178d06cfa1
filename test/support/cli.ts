import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const CLI = resolve(import.meta.dirname, '../../dist/cli');

/** How a command ended. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `postern` with these arguments. */
export function postern(args: readonly string[], options: RunOptions = {}): Ran {
  return run('main.js', args, options);
}

/** Runs the client. */
export function knockClient(args: readonly string[], options: RunOptions = {}): Ran {
  return run('knock.js', args, options);
}

function run(script: string, args: readonly string[], { input = '', env = {} }: RunOptions): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(CLI, script), ...args], {
    encoding: 'utf8',
    input,
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}

/** Lines of JSON as objects. */
export function jsonLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A folder for the files of one test. */
export class Folder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'postern-cli-'));

  /** Writes a file; its path. */
  write(name: string, content: Uint8Array | string): string {
    const path = join(this.path, name);
    writeFileSync(path, content, { mode: 0o600 }); // readable by others, check would warn
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
