import type { Door } from '../../door/door.ts';
import { formatAddress, parseAddress, type Address } from '../../tuple/address.ts';
import { KNOCK, type Firewall, type Grant, type Opening, type Outcome } from '../firewall.ts';
import { FirewallError } from '../firewall-error.ts';
import { commandsFor, type CommandPair } from './command-line.ts';
import { endEvent, NOBODY, type CommandEvent } from './command-event.ts';
import { CommandQueue, type QueueLimits } from './command-queue.ts';
import type { OpenOutput } from './bounded-output.ts';
import { commandLine, type Command, type CommandOutput } from './shell.ts';
import { NO_BOOK, type PendingStop, type StopBook } from './stop-book.ts';
import { NoGrants } from './no-grants.ts';
import { StopTimers } from './stop-timers.ts';

export type { CommandEvent };

/** What a reload may change: commands that have not begun are bound by it. */
export interface CommandLimits {
  /** Default: the daemon's own streams. */
  readonly output?: CommandOutput;
  /** Commands that run at one time, default 64; more wait. */
  readonly maxParallel?: number;
  /** Commands that wait at one time, and stop commands whose time has not come, default 10,000; an opening beyond is refused. */
  readonly maxWaiting?: number;
  /** How long a command may run, default 0: for ever. Then its process group is ended. */
  readonly limitSeconds?: number;
  /** What becomes of stops that an earlier daemon left and whose time is over; default `run`. */
  readonly lostStops?: 'run' | 'skip';
}

export interface CommandFirewallOptions extends CommandLimits {
  /** Where stop commands are kept for a crash; default nowhere. */
  readonly book?: StopBook;
  /** Takes over what is still to run when this firewall is closed; default: it runs at once. */
  readonly leave?: Leave;
  readonly onEvent?: (event: CommandEvent) => void;
}

/** Takes over the stops that are still to run, and what commands that run on may still print. */
export type Leave = (
  stops: readonly PendingStop[],
  outputs: readonly OpenOutput[],
) => void | Promise<void>;

/** Runs start and stop commands. Opens nothing itself, so it knows no grants: `expire` has nothing to say. */
export interface CommandFirewall extends Firewall {
  /** Runs the start command; the stop command follows at the grant's end, by `stop`. False if too many wait. */
  begin(grant: Grant, source: Address, nowMs: number): boolean;
  /** The grant lasts longer. */
  renew(grant: Grant, nowMs: number): void;
  /** The grant has ended: runs the stop command. */
  stop(grant: Grant): void;
  /** When the commands of some opening have run, start and stop; at once if none are under way. */
  oneDone(): Promise<void>;
}

/** Those that this process runs itself. */
export interface ShellCommands extends CommandFirewall {
  adjust(limits: CommandLimits): void;
  /** Runs stop commands at their times that another process was to run. */
  take(stops: readonly PendingStop[]): void;
}

const DEFAULT_MAX_PARALLEL = 64;
const DEFAULT_MAX_WAITING = 10_000;
/** knockd's wait where Cmd_Timeout is not given. */
const DEFAULT_TIMEOUT_SECONDS = 10;
/** Timers count in whole milliseconds, and not by the wall clock. */
const CLOCK_SLACK_MS = 50;

export function commandFirewall(options: CommandFirewallOptions = {}): ShellCommands {
  return new ShellFirewall(options);
}

class ShellFirewall extends NoGrants implements ShellCommands {
  readonly #leave: Leave | undefined;
  readonly #queue: CommandQueue;
  readonly #book: StopBook;
  readonly #onEvent: (event: CommandEvent) => void;
  readonly #stops: StopTimers;
  #limits: CommandLimits;
  /** Stops that wait for the end of a grant, by its key. */
  readonly #byGrant = new Map<string, PendingStop>();
  /** Stops of start commands that have not ended. */
  readonly #starting = new Set<PendingStop>();
  readonly #listeners: (() => void)[] = [];
  #underWay = 0;
  #nextId = 1;
  #isClosed = false;

  constructor(options: CommandFirewallOptions) {
    super();
    this.#limits = options;
    this.#leave = options.leave;
    this.#book = options.book ?? NO_BOOK;
    this.#onEvent = options.onEvent ?? (() => {});
    this.#queue = new CommandQueue(queueLimits(options));
    this.#stops = new StopTimers((stop, after) => this.#runStop(stop, after));
  }

  /** Takes up what an earlier daemon left; again and again, since others may have ended meanwhile. */
  start(): Promise<readonly Grant[]> {
    this.take(this.#left());
    return Promise.resolve([]);
  }

  adjust(limits: CommandLimits): void {
    this.#limits = limits;
    this.#queue.adjust(queueLimits(limits));
  }

  take(stops: readonly PendingStop[]): void {
    const nowMs = Date.now();
    for (const stop of stops) {
      if (this.#stops.has(stop.id) || this.#isStarting(stop.id)) continue;
      if (stop.dueAtMs <= nowMs && this.#limits.lostStops === 'skip') this.#skip(stop);
      else this.#wait(stop);
    }
  }

  /** Every opening runs by itself: two of one source are two starts and two stops. */
  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[] {
    return openings.map(({ door, source }) => {
      const waitMs = (door.commands?.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
      if (!this.#run(door, source, waitMs)) return tooManyWaiting(door);
      const prefix = source.family === 4 ? 32 : 128;
      const id = this.#nextId++;
      const grant: Grant = { id, door, source, prefix, ports: [], untilMs: nowMs, by: KNOCK };
      return { kind: 'opened', grant, renewed: false };
    });
  }

  begin(grant: Grant, source: Address, nowMs: number): boolean {
    return this.#run(grant.door, source, grant.untilMs - nowMs, keyOf(grant));
  }

  renew(grant: Grant, nowMs: number): void {
    const known = this.#byGrant.get(keyOf(grant));
    if (known === undefined) return;
    const stop = { ...known, dueAtMs: Date.now() + (grant.untilMs - nowMs) };
    this.#keep(stop);
    this.#wait(stop);
  }

  stop(grant: Grant): void {
    const kept = this.#byGrant.get(keyOf(grant));
    if (kept !== undefined) {
      this.#stops.delete(kept.id);
      this.#runStop({ ...kept, dueAtMs: 0 });
      return;
    }
    // The daemon that began it could keep nothing.
    const pair = this.#commands(grant.door, grant.source);
    if (pair?.stop === undefined) return;
    this.#runClaimed(this.#newStop(grant.door, grant.source, pair.stop, 0), () => {});
  }

  oneDone(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((done) => this.#listeners.push(done));
  }

  /** Begins nothing more, and leaves commands that run alone. What is still to stop is left to others. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const leave = this.#leave;
    if (leave === undefined) {
      for (const stop of this.#stops.clear()) this.#runStop({ ...stop, dueAtMs: 0 });
      return;
    }
    const claimed = this.#queue.drain().flatMap(({ stop }) => stop ?? []);
    for (const stop of claimed) {
      this.#book.done(stop);
      this.#keep(stop);
    }
    const left = [...claimed, ...this.#starting, ...this.#stops.clear()];
    const outputs = this.#queue.letGo();
    if (left.length + outputs.length > 0) await leave(left, outputs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The stop command is kept before the start command runs: a crash between them loses nothing. */
  #run(door: Door, source: Address, waitMs: number, grant?: string): boolean {
    const pair = this.#commands(door, source);
    if (pair === undefined) return true;
    if (this.#isFull() || this.#isClosed) {
      this.#onEvent({ kind: 'too many', door, source });
      return false;
    }
    this.#underWay++;
    const stop =
      pair.stop === undefined ? undefined : this.#newStop(door, source, pair.stop, waitMs, grant);
    if (stop !== undefined) this.#keep(stop);
    if (stop?.grant !== undefined) this.#wait(stop);
    else if (stop !== undefined) this.#starting.add(stop);
    this.#enqueue(door, source, pair.start, () => {
      if (stop === undefined || stop.grant !== undefined) return this.#oneLess();
      this.#starting.delete(stop);
      this.#stopLater(stop, waitMs);
    });
    return true;
  }

  #isFull(): boolean {
    return this.#queue.isFull || this.#stops.size >= queueLimits(this.#limits).maxWaiting;
  }

  #commands(door: Door, source: Address): CommandPair | undefined {
    const commands = commandsFor(door.commands ?? {}, source);
    if (commands === undefined || !('tooLong' in commands)) return commands;
    this.#onEvent({ kind: 'too long', door, source, which: commands.tooLong });
    return undefined;
  }

  #newStop(
    door: Door,
    source: Address,
    command: string,
    waitMs: number,
    grant?: string,
  ): PendingStop {
    return {
      id: `${Date.now().toString(36)}-${process.pid}-${this.#nextId++}`,
      door: door.name,
      source: formatAddress(source),
      command,
      dueAtMs: Date.now() + waitMs,
      ...(grant === undefined ? {} : { grant }),
    };
  }

  #isStarting(id: string): boolean {
    for (const stop of this.#starting) if (stop.id === id) return true;
    return false;
  }

  #left(): PendingStop[] {
    try {
      return this.#book.left();
    } catch (error) {
      this.#onEvent({ ...NO_DOOR, kind: 'not kept', reason: (error as Error).message });
      return [];
    }
  }

  #keep(stop: PendingStop): void {
    try {
      this.#book.keep(stop);
    } catch (error) {
      this.#onEvent({ ...placeOf(stop), kind: 'not kept', reason: (error as Error).message });
    }
  }

  /** The time counts from the start command's end, however it ended. */
  #stopLater(before: PendingStop, waitMs: number): void {
    if (this.#isClosed && this.#leave !== undefined) return; // it has been left already
    const stop = { ...before, dueAtMs: this.#isClosed ? 0 : Date.now() + waitMs };
    if (waitMs > 0) this.#keep(stop);
    this.#stops.add(stop, () => this.#oneLess());
  }

  #wait(stop: PendingStop): void {
    if (stop.grant !== undefined) this.#byGrant.set(stop.grant, stop);
    this.#stops.add(stop, () => {});
  }

  /** Its time has come; who shares the book may have run it, or put it off. */
  #runStop(stop: PendingStop, after: () => void = () => {}): void {
    const claimed = this.#book.claim(stop);
    if (
      claimed !== undefined &&
      claimed.dueAtMs > Date.now() + CLOCK_SLACK_MS &&
      stop.dueAtMs > 0
    ) {
      return this.#stops.add(claimed, after);
    }
    if (stop.grant !== undefined) this.#byGrant.delete(stop.grant);
    if (claimed === undefined) return after();
    this.#runClaimed(claimed, after);
  }

  #runClaimed(stop: PendingStop, after: () => void): void {
    const { door, source } = placeOf(stop);
    this.#onEvent({ kind: 'timeout', door, source });
    const end = (): void => {
      this.#book.done(stop);
      after();
    };
    this.#enqueue(door, source, stop.command, end, stop);
  }

  #skip(stop: PendingStop): void {
    const claimed = this.#book.claim(stop);
    if (claimed === undefined) return;
    this.#onEvent({ ...placeOf(stop), kind: 'skipped', command: stop.command });
    this.#book.done(claimed);
  }

  #enqueue(
    door: { name: string },
    source: Address,
    toRun: Command,
    after: () => void,
    stop?: PendingStop,
  ): void {
    const command = commandLine(toRun);
    let limitSeconds = 0;
    this.#queue.add({
      command: toRun,
      stop,
      begin: () => {
        limitSeconds = this.#limits.limitSeconds ?? 0;
        this.#onEvent({ kind: 'running', door, source, command });
      },
      cut: () => this.#onEvent({ kind: 'output cut', door, source, command }),
      end: (end) => {
        const event = endEvent(end, { door, source, command }, limitSeconds);
        if (event !== undefined) this.#onEvent(event);
        after();
      },
    });
  }

  #oneLess(): void {
    this.#underWay--;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

function queueLimits(limits: CommandLimits): QueueLimits {
  return {
    maxParallel: limits.maxParallel ?? DEFAULT_MAX_PARALLEL,
    maxWaiting: limits.maxWaiting ?? DEFAULT_MAX_WAITING,
    limitMs: (limits.limitSeconds ?? 0) * 1000,
    output: limits.output ?? 'inherit',
  };
}

/** For events that are about no door in particular. */
const NO_DOOR = { door: { name: '-' }, source: NOBODY };

function placeOf({ door, source }: PendingStop): { door: { name: string }; source: Address } {
  return { door: { name: door }, source: parseAddress(source)! };
}

/** A grant is one for each door and source, masked to its prefix. */
function keyOf({ door, source, prefix }: Grant): string {
  return `${formatAddress(source)}/${prefix} ${door.name}`;
}

function tooManyWaiting({ name }: Door): Outcome {
  const reason = `too many commands wait already (door ${name})`;
  const error = new FirewallError('FIREWALL_REFUSED', 'run its start command', reason);
  return { kind: 'refused', reason: 'failed', error };
}
