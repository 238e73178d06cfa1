import { spawn } from 'node:child_process';
import type { Door } from '../../door/door.ts';
import type { Address } from '../../tuple/address.ts';
import type { Firewall, Grant, Opening, Outcome } from '../firewall.ts';
import { FirewallError } from '../firewall-error.ts';
import { commandsFor, type CommandPair } from './command-line.ts';
import { CommandQueue, type CommandEnd } from './command-queue.ts';

export interface CommandFirewallOptions {
  /** What commands do with their output: the daemon's own streams (default), or nothing. */
  readonly output?: 'inherit' | 'ignore';
  /** Commands that run at one time, default 64; more wait. */
  readonly maxParallel?: number;
  /** Commands that wait at one time, default 10,000; an opening beyond is refused. */
  readonly maxWaiting?: number;
  readonly onEvent?: (event: CommandEvent) => void;
}

/** What happens to commands; the words for it are the report's. */
export type CommandEvent = { readonly door: Door; readonly source: Address } & (
  | { readonly kind: 'running'; readonly command: string }
  /** Its time is up: the stop command runs next. */
  | { readonly kind: 'timeout' }
  | { readonly kind: 'failed status'; readonly command: string; readonly status: number }
  | { readonly kind: 'no process'; readonly command: string; readonly error: Error }
  | { readonly kind: 'too long'; readonly which: 'start' | 'stop' }
  /** Nothing ran for this opening: too many commands wait already. */
  | { readonly kind: 'too many' }
);

/** Runs start and stop commands. Opens nothing itself, so it knows no grants: `expire` has nothing to say. */
export interface CommandFirewall extends Firewall {
  /** Runs the start command alone; the stop command is left to `stop`. False if too many wait. */
  begin(door: Door, source: Address): boolean;
  /** Runs the stop command. */
  stop(door: Door, source: Address): void;
}

const DEFAULT_MAX_PARALLEL = 64;
const DEFAULT_MAX_WAITING = 10_000;
/** knockd's wait where Cmd_Timeout is not given. */
const DEFAULT_TIMEOUT_SECONDS = 10;
/** Node's timers hold 31 bits of milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;

export function commandFirewall(options: CommandFirewallOptions = {}): CommandFirewall {
  return new ShellFirewall(options);
}

/** A stop command whose time has not come. */
interface PendingStop {
  readonly door: Door;
  readonly source: Address;
  readonly command: string;
  readonly dueMs: number;
  timer: NodeJS.Timeout | undefined;
}

class ShellFirewall implements CommandFirewall {
  readonly #queue: CommandQueue;
  readonly #output: 'inherit' | 'ignore';
  readonly #onEvent: (event: CommandEvent) => void;
  readonly #stops = new Set<PendingStop>();
  #nextId = 1;
  #isClosed = false;

  constructor(options: CommandFirewallOptions) {
    this.#output = options.output ?? 'inherit';
    this.#onEvent = options.onEvent ?? (() => {});
    const maxParallel = options.maxParallel ?? DEFAULT_MAX_PARALLEL;
    const maxWaiting = options.maxWaiting ?? DEFAULT_MAX_WAITING;
    this.#queue = new CommandQueue({ maxParallel, maxWaiting, output: this.#output });
  }

  start(): Promise<readonly Grant[]> {
    return Promise.resolve([]);
  }

  /** Every opening runs by itself: two of one source are two starts and two stops. */
  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[] {
    return openings.map(({ door, source }) => {
      if (!this.#run(door, source, true)) return tooManyWaiting(door);
      const prefix = source.family === 4 ? 32 : 128;
      const id = this.#nextId++;
      const grant: Grant = { id, door, source, prefix, ports: [], untilMs: nowMs };
      return { kind: 'opened', grant, renewed: false };
    });
  }

  begin(door: Door, source: Address): boolean {
    return this.#run(door, source, false);
  }

  stop(door: Door, source: Address): void {
    const pair = this.#commands(door, source);
    if (pair?.stop !== undefined) this.#stopNow(door, source, pair.stop);
  }

  expire(): readonly Grant[] {
    return [];
  }

  nextExpiryMs(): undefined {
    return undefined;
  }

  /**
   * Starts nothing more, and leaves running commands alone. Stop commands that are due, now or later, go
   * to processes of their own that sleep until then, as knockd's children outlive it.
   */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const { command, isStop } of this.#queue.drain()) {
      if (isStop) leave(command, 0, this.#output);
    }
    for (const { timer, command, dueMs } of this.#stops) {
      clearTimeout(timer);
      const seconds = Math.max(0, (dueMs - Date.now()) / 1000);
      leave(command, seconds, this.#output);
    }
    this.#stops.clear();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run(door: Door, source: Address, hasOwnStop: boolean): boolean {
    const pair = this.#commands(door, source);
    if (pair === undefined) return true;
    if (this.#queue.isFull || this.#isClosed) {
      this.#onEvent({ kind: 'too many', door, source });
      return false;
    }
    this.#enqueue(door, source, pair.start, false, () => {
      if (hasOwnStop && pair.stop !== undefined) this.#stopLater(door, source, pair.stop);
    });
    return true;
  }

  #commands(door: Door, source: Address): CommandPair | undefined {
    const commands = commandsFor(door.commands ?? {}, source);
    if (commands === undefined || !('tooLong' in commands)) return commands;
    this.#onEvent({ kind: 'too long', door, source, which: commands.tooLong });
    return undefined;
  }

  #enqueue(door: Door, source: Address, command: string, isStop: boolean, after: () => void): void {
    this.#queue.add({
      command,
      isStop,
      begin: () => this.#onEvent({ kind: 'running', door, source, command }),
      end: (end) => {
        this.#reportEnd(door, source, command, end);
        after();
      },
    });
  }

  #reportEnd(door: Door, source: Address, command: string, end: CommandEnd): void {
    if ('error' in end) {
      this.#onEvent({ kind: 'no process', door, source, command, error: end.error });
    } else if (end.status !== 0) {
      this.#onEvent({ kind: 'failed status', door, source, command, status: end.status });
    }
  }

  /** The time counts from the start command's end, however it ended. */
  #stopLater(door: Door, source: Address, command: string): void {
    const waitMs = (door.commands?.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
    const stop: PendingStop = {
      door,
      source,
      command,
      dueMs: Date.now() + waitMs,
      timer: undefined,
    };
    if (this.#isClosed) return leave(command, waitMs / 1000, this.#output);
    this.#stops.add(stop);
    this.#arm(stop, waitMs);
  }

  #arm(stop: PendingStop, waitMs: number): void {
    const stepMs = Math.min(Math.max(waitMs, 0), MAX_TIMER_MS);
    stop.timer = setTimeout(() => {
      if (waitMs > stepMs) return this.#arm(stop, waitMs - stepMs);
      this.#stops.delete(stop);
      this.#stopNow(stop.door, stop.source, stop.command);
    }, stepMs);
  }

  #stopNow(door: Door, source: Address, command: string): void {
    this.#onEvent({ kind: 'timeout', door, source });
    this.#enqueue(door, source, command, true, () => {});
  }
}

/** Hands a command to a process that sleeps first and that nobody waits for. */
function leave(command: string, seconds: number, output: 'inherit' | 'ignore'): void {
  const script = 'sleep "$1"; exec /bin/sh -c "$2"';
  const args = ['-c', script, 'sh', seconds.toFixed(3), command];
  spawn('/bin/sh', args, { detached: true, stdio: output })
    .on('error', () => {}) // there is nobody left to tell
    .unref();
}

function tooManyWaiting({ name }: Door): Outcome {
  const reason = `too many commands wait already (door ${name})`;
  const error = new FirewallError('FIREWALL_REFUSED', 'run its start command', reason);
  return { kind: 'refused', reason: 'failed', error };
}
