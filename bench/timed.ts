import { execFileSync } from 'node:child_process';

/** The last line of a command's output, then its seconds on a processor, user and system. */
const SCRIPT = `TIMEFORMAT='%U %S'; { time "$@" | tail -n 1; } 2>&1`;

/** What a process printed last, and its time on processors from its start to its end, of all threads. */
export function timed(command: readonly string[]): {
  readonly lastLine: string;
  readonly cpuSeconds: number;
} {
  const text = execFileSync('bash', ['-c', SCRIPT, 'bash', ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [lastLine, times] = text.trimEnd().split('\n').slice(-2);
  const cpuSeconds = times!.split(' ').reduce((sum, each) => sum + Number(each), 0);
  return { lastLine: lastLine!, cpuSeconds };
}
