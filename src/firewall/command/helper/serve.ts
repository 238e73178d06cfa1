import type { Duplex } from 'node:stream';
import type { Door } from '../../../door/door.ts';
import { formatAddress, maskAddress } from '../../../tuple/address.ts';
import { KNOCK, type Grant } from '../../firewall.ts';
import type { CommandEvent } from '../command-event.ts';
import type { CommandFirewall } from '../command.ts';
import type { Hooks } from '../hooks.ts';
import { encodeReport, type Report } from './report.ts';
import { decodeRequest, REQUEST_BYTES, type Opened, type Request } from './request.ts';

export interface ServeParts {
  readonly stream: Duplex;
  readonly commands: CommandFirewall;
  readonly hooks: Hooks;
  /** Reads the configuration anew; its doors, or why they are not those that the daemon has read. */
  readonly read: (digest: Uint8Array) => readonly Door[] | string;
  /** The daemon is gone. Stop commands that are still to run keep this process until they have run. */
  readonly onEnd: () => void;
  /** The daemon asks for what it never would. */
  readonly onNonsense: () => void;
}

/** Runs commands for the daemon at the other end, from the table that this process has read itself. */
export function serveCommands(parts: ServeParts): { tell(event: CommandEvent): void } {
  return new CommandServer(parts);
}

class CommandServer {
  readonly #parts: ServeParts;
  /** The doors by their reading: a daemon goes on with an older one until a reload is done, or if it fails. */
  readonly #tables = new Map<number, readonly Door[]>();
  /** Grants whose start command did not run, so that no stop command follows. */
  readonly #refused = new Set<string>();
  #pending = Buffer.alloc(0);

  constructor(parts: ServeParts) {
    this.#parts = parts;
    const { stream, onEnd } = parts;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('error', () => {}); // it closes the stream
    stream.once('close', onEnd);
  }

  tell(event: CommandEvent): void {
    this.#report({ kind: 'event', event });
  }

  #take(chunk: Buffer): void {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const whole = bytes.length - (bytes.length % REQUEST_BYTES);
    this.#pending = Buffer.from(bytes.subarray(whole));
    for (let at = 0; at < whole; at += REQUEST_BYTES) {
      const request = decodeRequest(bytes.subarray(at, at + REQUEST_BYTES));
      if (request === undefined || !this.#carryOut(request)) return this.#parts.onNonsense();
    }
  }

  /** False for a door that is in no table. */
  #carryOut(request: Request): boolean {
    const { commands, hooks } = this.#parts;
    switch (request.kind) {
      case 'start':
        void this.#start(request.generation, request.digest);
        return true;
      case 'await':
        void commands.oneDone().then(() => this.#report({ kind: 'one done' }));
        return true;
      case 'up':
      case 'down':
        void hooks.runHook(request.kind).then(() => this.#report({ kind: 'hook done' }));
        return true;
      default: {
        const door = this.#tables.get(request.generation)?.[request.door];
        if (door !== undefined) this.#open(request.kind, door, request);
        return door !== undefined;
      }
    }
  }

  async #start(generation: number, digest: Uint8Array): Promise<void> {
    const { commands, read } = this.#parts;
    const doors = read(digest);
    if (typeof doors === 'string') return this.#report({ kind: 'started', problem: doors });
    this.#tables.set(generation, doors);
    await commands.start(doors);
    this.#report({ kind: 'started' });
  }

  #open(kind: 'run' | 'begin' | 'renew' | 'stop', door: Door, opened: Opened): void {
    const { commands } = this.#parts;
    const { source, prefix, waitMs } = opened;
    const grant: Grant = {
      id: 0,
      door,
      source: maskAddress(source, prefix),
      prefix,
      ports: [],
      untilMs: waitMs,
      by: KNOCK,
    };
    const key = `${formatAddress(grant.source)}/${prefix} ${door.name}`;
    switch (kind) {
      case 'run':
        commands.apply([{ door, source, openForMs: waitMs }], 0);
        return;
      case 'begin':
        if (!commands.begin(grant, source, 0)) this.#refused.add(key);
        return;
      case 'renew':
        return commands.renew(grant, 0);
      case 'stop':
        if (!this.#refused.delete(key)) commands.stop(grant);
    }
  }

  #report(report: Report): void {
    const { stream } = this.#parts;
    if (stream.writable) stream.write(encodeReport(report));
  }
}
