import type { Duplex } from 'node:stream';
import type { Door } from '../../../door/door.ts';
import type { Hook, HookCommands } from '../../../door/hooks.ts';
import type { Address } from '../../../tuple/address.ts';
import { FirewallError } from '../../firewall-error.ts';
import { KNOCK, type Grant, type Opening, type Outcome } from '../../firewall.ts';
import type { CommandEvent } from '../command-event.ts';
import type { CommandFirewall } from '../command.ts';
import type { Hooks } from '../hooks.ts';
import { NoGrants } from '../no-grants.ts';
import { commandsDigest } from './commands-digest.ts';
import { decodeReport, type Report } from './report.ts';
import { encodeRequest, type Request } from './request.ts';

export interface HelpedOptions {
  /** What the daemon has read; the helper must have read the same. */
  readonly hooks: () => HookCommands;
  readonly onEvent: (event: CommandEvent) => void;
  /** The helper is gone, and nobody is left who could run a command. */
  readonly onLost: () => void;
}

/** A helper that no longer reads is not waited for. */
const PATIENCE_MS = 2000;

type Answer = Exclude<Report['kind'], 'event'>;

/** Requests that may wait while the helper is behind: 1 MiB of them. */
const MOST_WAITING_BYTES = 1 << 20;

/** Has commands run by a helper at the other end of a stream, since this process may not itself. */
export function helpedCommands(stream: Duplex, options: HelpedOptions): CommandFirewall & Hooks {
  return new HelpedCommands(stream, options);
}

class HelpedCommands extends NoGrants implements CommandFirewall, Hooks {
  readonly #stream: Duplex;
  readonly #options: HelpedOptions;
  readonly #places = new WeakMap<Door, { readonly generation: number; readonly door: number }>();
  /** Who waits for an answer; the helper answers in the order it was asked. */
  readonly #waiting: Record<'started' | 'one done' | 'hook done', ((problem?: string) => void)[]> =
    {
      started: [],
      'one done': [],
      'hook done': [],
    };
  #unfinished = '';
  #generation = 0;
  #nextId = 1;
  #isClosed = false;

  constructor(stream: Duplex, options: HelpedOptions) {
    super();
    this.#stream = stream;
    this.#options = options;
    stream.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    stream.on('error', () => {}); // it closes the stream
    stream.once('close', () => this.#lose());
  }

  async start(doors: readonly Door[]): Promise<readonly Grant[]> {
    const generation = (this.#generation + 1) % 256;
    const digest = commandsDigest(doors, this.#options.hooks());
    const problem = await this.#ask('started', { kind: 'start', generation, digest });
    if (problem !== undefined) throw new FirewallError('FIREWALL_REFUSED', 'run commands', problem);
    this.#generation = generation;
    for (const [door, each] of doors.entries()) this.#places.set(each, { generation, door });
    return [];
  }

  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[] {
    return openings.map(({ door, source }) => {
      const prefix = source.family === 4 ? 32 : 128;
      const id = this.#nextId++;
      const grant: Grant = { id, door, source, prefix, ports: [], untilMs: nowMs, by: KNOCK };
      if (this.#begin('run', grant, source, 0)) return { kind: 'opened', grant, renewed: false };
      const error = new FirewallError('FIREWALL_REFUSED', 'run its start command', 'too many wait');
      return { kind: 'refused', reason: 'failed', error };
    });
  }

  /** True when the helper has been asked; what it makes of it, it tells itself. */
  begin(grant: Grant, source: Address, nowMs: number): boolean {
    return this.#begin('begin', grant, source, grant.untilMs - nowMs);
  }

  renew(grant: Grant, nowMs: number): void {
    this.#tell('renew', grant, grant.source, grant.untilMs - nowMs);
  }

  stop(grant: Grant): void {
    this.#tell('stop', grant, grant.source, 0);
  }

  async runHook(hook: Hook): Promise<void> {
    if (this.#options.hooks()[hook] === undefined) return;
    await this.#ask('hook done', { kind: hook });
  }

  async oneDone(): Promise<void> {
    await this.#ask('one done', { kind: 'await' });
  }

  /** What is still to stop the helper keeps, and outlives us by it. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    if (this.#stream.destroyed) return Promise.resolve();
    const closed = new Promise<void>((done) => this.#stream.once('close', done));
    this.#stream.end(() => this.#stream.destroy());
    setTimeout(() => this.#stream.destroy(), PATIENCE_MS).unref();
    return closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #begin(kind: 'run' | 'begin', grant: Grant, source: Address, waitMs: number): boolean {
    if (this.#stream.writableLength > MOST_WAITING_BYTES) {
      this.#options.onEvent({ kind: 'too many', door: grant.door, source });
      return false;
    }
    return this.#tell(kind, grant, source, waitMs);
  }

  /** False for a door that the helper has never heard of. */
  #tell(
    kind: 'run' | 'begin' | 'renew' | 'stop',
    { door, prefix }: Grant,
    source: Address,
    waitMs: number,
  ): boolean {
    const place = this.#places.get(door);
    if (place === undefined) return false;
    this.#write({ kind, ...place, source, prefix, waitMs });
    return true;
  }

  /** What is amiss, if anything. */
  #ask(answer: Answer, request: Request): Promise<string | undefined> {
    return new Promise((resolve) => {
      if (this.#stream.destroyed) return resolve(GONE);
      this.#waiting[answer].push(resolve);
      this.#write(request);
    });
  }

  #write(request: Request): void {
    if (this.#stream.writable) this.#stream.write(encodeRequest(request));
  }

  #read(text: string): void {
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = lines.pop()!;
    for (const line of lines) this.#take(decodeReport(line));
  }

  #take(report: Report): void {
    if (report.kind === 'event') return this.#options.onEvent(report.event);
    this.#waiting[report.kind].shift()?.('problem' in report ? report.problem : undefined);
  }

  #lose(): void {
    for (const waiting of Object.values(this.#waiting)) {
      for (const resolve of waiting.splice(0)) resolve(GONE);
    }
    if (!this.#isClosed) this.#options.onLost();
  }
}

const GONE = 'the helper that runs commands is gone';
