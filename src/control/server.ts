import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type {
  BlockAnswer,
  BlockedAnswer,
  ControlCounters,
  GrantAnswer,
  ListAnswer,
  ReloadAnswer,
  RevokeAnswer,
  StatusAnswer,
  UnblockAnswer,
} from './answers.ts';
import { Connection } from './connection.ts';
import { ControlError } from './control-error.ts';
import { peerOf, type Peer } from './peer.ts';
import { isHarmless, type Request } from './protocol.ts';
import { isAnswering } from './client.ts';

/** Clients at one time; more are turned away. */
const MAX_CLIENTS = 64;
/** Of those that may only look: they must not shut out who may do more. */
const MAX_ONLOOKERS = 48;
/** A unix socket's path has room for so many bytes. */
const MAX_PATH_BYTES = 107;

export type RequestOf<What extends Request['do']> = Extract<Request, { do: What }>;

/** What the daemon does when it is asked. All may throw a `ControlError`. */
export interface ControlActions {
  /** `ports`: none of them, those that doors open, or those that knocks go to as well. */
  status(control: ControlCounters, ports: 'none' | 'opened' | 'all'): Promise<StatusAnswer>;
  list(): ListAnswer | Promise<ListAnswer>;
  grant(request: RequestOf<'grant'>, by: string): GrantAnswer;
  revoke(request: RequestOf<'revoke'>, by: string): RevokeAnswer;
  block(request: RequestOf<'block'>, by: string): BlockAnswer;
  unblock(request: RequestOf<'unblock'>): UnblockAnswer;
  blocked(): BlockedAnswer;
  reload(request: RequestOf<'reload'>): Promise<ReloadAnswer>;
}

export interface ControlOptions {
  readonly path: string;
  /** Whose members may ask and watch; undefined: only root and the daemon's own user. */
  readonly groupId: number | undefined;
  readonly actions: ControlActions;
}

/** The control socket could not be made. */
export class ControlSocketError extends Error {
  readonly code = 'CONTROL_SOCKET';
}

/**
 * The control socket: who may open the file may look; who is root or the daemon's own user, by the
 * kernel's word about the peer, may grant, revoke and reload.
 */
export class ControlServer {
  readonly #options: ControlOptions;
  readonly #server: Server;
  readonly #connections = new Map<Socket, Connection>();
  readonly #onlookers = new Set<Socket>();
  readonly #errors: Record<string, number> = {};
  #requests = 0;
  #inode = 0;

  private constructor(options: ControlOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = MAX_CLIENTS;
  }

  /** Throws a `ControlSocketError` where there can be none, as when another daemon answers there. */
  static async listen(options: ControlOptions): Promise<ControlServer> {
    const server = new ControlServer(options);
    try {
      await server.#listen();
    } catch (error) {
      throw error instanceof ControlSocketError
        ? error
        : new ControlSocketError(`no control socket: ${(error as Error).message}`);
    }
    return server;
  }

  /** Whether anybody watches. */
  get isWatched(): boolean {
    for (const { isWatching } of this.#connections.values()) if (isWatching) return true;
    return false;
  }

  /** Sends a line about an event to all who watch. */
  publish(line: string): void {
    for (const connection of this.#connections.values()) connection.publish(line);
  }

  async close(): Promise<void> {
    const { path } = this.#options;
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.ino === this.#inode) rmSync(path);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#connections.keys()) socket.destroySoon();
    await closed;
  }

  // Made under another name and moved into place, so that a client finds the old one or the new one.
  async #listen(): Promise<void> {
    const { path, groupId } = this.#options;
    const fresh = `${path}.${process.pid}`;
    if (Buffer.byteLength(fresh) > MAX_PATH_BYTES) {
      throw new ControlSocketError(`no control socket: the path ${path} is too long`);
    }
    // Not further up: for a path below /proc node would try for ever.
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { mode: 0o755 });
    if (await isAnswering(path)) {
      throw new ControlSocketError(`no control socket: another daemon answers at ${path}`);
    }
    rmSync(fresh, { force: true });
    const before = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject).listen(fresh, resolve);
      });
    } finally {
      process.umask(before);
    }
    this.#server.on('error', () => {}); // one client that could not be accepted
    if (groupId !== undefined) {
      chownSync(fresh, process.geteuid!(), groupId);
      chmodSync(fresh, 0o660);
    }
    this.#inode = lstatSync(fresh).ino;
    renameSync(fresh, path);
  }

  #accept(socket: Socket): void {
    let peer: Peer;
    try {
      peer = peerOf(socket);
    } catch {
      socket.destroy();
      return;
    }
    if (!isTrusted(peer)) {
      if (this.#onlookers.size >= MAX_ONLOOKERS) {
        socket.destroy();
        return;
      }
      this.#onlookers.add(socket);
    }
    const connection = new Connection({
      socket,
      answer: (request) => this.#answer(request, peer),
      onError: ({ code }) => {
        this.#errors[code] = (this.#errors[code] ?? 0) + 1;
      },
    });
    this.#connections.set(socket, connection);
    socket.on('error', () => {}); // the client went away
    socket.on('close', () => {
      this.#connections.delete(socket);
      this.#onlookers.delete(socket);
    });
  }

  #answer(request: Request, peer: Peer): object | Promise<object> {
    const { uid } = peer;
    this.#requests++;
    if (!isHarmless(request) && !isTrusted(peer)) {
      throw new ControlError('DENIED', `${request.do} is for root and the daemon's own user`);
    }
    const { actions } = this.#options;
    switch (request.do) {
      case 'status':
        return actions.status(
          { requests: this.#requests, errors: this.#errors },
          request.ports === undefined ? 'none' : isTrusted(peer) ? 'all' : 'opened',
        );
      case 'list':
        return actions.list();
      case 'watch':
        return {};
      case 'grant':
        return actions.grant(request, `uid ${uid}`);
      case 'revoke':
        return actions.revoke(request, `uid ${uid}`);
      case 'block':
        return actions.block(request, `uid ${uid}`);
      case 'unblock':
        return actions.unblock(request);
      case 'blocked':
        return actions.blocked();
      case 'reload':
        return actions.reload(request);
    }
  }
}

/** Who may change things: root, and the daemon's own user. */
function isTrusted({ uid }: Peer): boolean {
  return uid === 0 || uid === process.geteuid!();
}
