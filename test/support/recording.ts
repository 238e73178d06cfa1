import { spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI } from './daemon.ts';
import type { Namespace } from './netns.ts';
import { passed } from './wait.ts';

/** Why tcpdump can't be had here: it insists on changing its user, which a user namespace forbids. */
export const noRecording: string | undefined =
  process.getuid?.() === 0 ? undefined : 'tcpdump needs root';

/** What tcpdump saw on an interface, as a file. */
export class Recording implements AsyncDisposable {
  readonly file: string;
  readonly #folder: string;
  readonly #tcpdump: ChildProcess;

  private constructor(namespace: Namespace, device: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'postern-recording-'));
    this.file = join(this.#folder, 'seen.pcap');
    // Unless told, it sits on packets for a second; and as root it gives up its rights to the folder. Its
    // ring has slots of 64 KiB then: two MiB of them lost some of sixty frames once.
    const options = ['--immediate-mode', '-U', '-n', '-B', '32768', '-Q', 'in', '-Z', 'root'];
    const command = ['tcpdump', '-i', device, ...options, '-w', this.file];
    this.#tcpdump = namespace.spawn(command, { stderr: 'pipe' });
  }

  static async start(namespace: Namespace, device: string): Promise<Recording> {
    const recording = new Recording(namespace, device);
    await once(recording.#tcpdump.stderr!, 'data'); // "listening on ..."
    return recording;
  }

  /** Waits until the last packets are in the file. */
  async end(): Promise<void> {
    await passed(200);
    if (this.#tcpdump.exitCode !== null) return;
    const ended = once(this.#tcpdump, 'exit');
    this.#tcpdump.kill('SIGTERM');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

type Line = { readonly event: string } & Readonly<Record<string, unknown>>;

/** What `postern replay --json` makes of a capture. */
export function replayed(
  file: string,
  configFile: string,
  flags: readonly string[] = [],
): { events: readonly Line[]; summary: Line } {
  const args = [join(CLI, 'main.js'), 'replay', file, '--json', '-c', configFile, ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`replay ended with ${status}: ${stderr}`);
  const lines = stdout.trim().split('\n');
  const parsed = lines.map((line) => JSON.parse(line) as Line);
  return { events: parsed.slice(0, -1), summary: parsed.at(-1)! };
}

/**
 * Decisions in a comparable form, by source and door. Each packet socket stamps a packet by itself,
 * microseconds apart, so times are left out; the openings of a turn are told together, behind its other
 * decisions; and a grant's end is the clock's, not a decision.
 */
export function decisionsOf(events: readonly Decided[]): string[] {
  const place = ({ source, door }: Decided): string => `${String(source)} ${String(door)}`;
  return events
    .filter(({ event }) => DECISIONS.includes(event))
    .sort((one, other) => (place(one) < place(other) ? -1 : Number(place(one) > place(other))))
    .map(({ event, door, source, stage = '', reason = '', renewed = '' }) =>
      [event, door, source, stage, reason, renewed].filter((word) => word !== '').join(' '),
    );
}

interface Decided {
  readonly event?: unknown;
  readonly door?: unknown;
  readonly source?: unknown;
  readonly stage?: unknown;
  readonly reason?: unknown;
  readonly renewed?: unknown;
}

const DECISIONS: readonly unknown[] = ['stage', 'open', 'refuse', 'timeout'];
