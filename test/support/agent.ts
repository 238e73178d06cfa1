import type { Block, CountedRange } from '../../src/firewall/block.ts';
import { spawnSync } from 'node:child_process';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { monotonicMs } from '../../src/firewall/clock.ts';
import type {
  Firewall,
  Grant,
  Opening,
  Outcome,
  StartOptions,
} from '../../src/firewall/firewall.ts';
import { borrowedSets, type BorrowedSets } from '../../src/firewall/nft/borrowed/borrowed-sets.ts';
import { nftFirewall } from '../../src/firewall/nft/nft.ts';
import type { NftFirewall } from '../../src/firewall/nft/nft-firewall.ts';
import type { NftEvent } from '../../src/firewall/nft/options.ts';
import { removeTable } from '../../src/firewall/nft/remove-table.ts';
import type { Door } from '../../src/door/door.ts';
import { parseAddress } from '../../src/tuple/address.ts';
import type { Network } from '../../src/tuple/network.ts';

/** How a TCP connect ended: a dropped SYN is never answered. */
export type ConnectResult = 'open' | 'refused' | 'silent';

/** An opening whose door goes by its name, as it travels between processes. */
export interface NamedOpening {
  readonly door: string;
  readonly source: string;
  readonly openForMs: number;
  readonly by?: string;
}

const servers: (Server | UdpSocket)[] = [];
const sessions: Socket[] = [];
/** When each session last heard something. */
const heardMs: number[] = [];

function listenTcp(port: number): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '::', resolve);
  });
}

function listenUdp(port: number): Promise<void> {
  const socket = createSocket('udp6');
  servers.push(socket);
  socket.on('message', (text, { address, port: to }) => socket.send(text, to, address));
  return new Promise((resolve) => socket.bind(port, '::', resolve));
}

function connect(
  host: string,
  port: number,
  options: { waitMs?: number; from?: string } = {},
): Promise<ConnectResult> {
  return new Promise((resolve) => {
    const { from, waitMs = 400 } = options;
    const socket = createConnection({ host, port, ...(from ? { localAddress: from } : {}) });
    const end = (result: ConnectResult) => (): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', end('open'));
    socket.once('error', end('refused'));
    setTimeout(end('silent'), waitMs);
  });
}

/** Whether an echo comes back. */
function askUdp(host: string, port: number, waitMs = 400): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    const end = (isAnswered: boolean): void => {
      socket.close();
      clearTimeout(timer);
      resolve(isAnswered);
    };
    const timer = setTimeout(() => end(false), waitMs);
    socket.once('message', () => end(true));
    socket.send('knock', port, host);
  });
}

/** Listens, and speaks all the while to whoever connects. */
function streamTcp(port: number): Promise<void> {
  const server = createServer((socket) => {
    const turn = setInterval(() => socket.write('.'), 20);
    socket.on('error', () => {}).once('close', () => clearInterval(turn));
  });
  servers.push(server);
  return new Promise((resolve) => server.listen(port, '::', resolve));
}

/** Connects and keeps the session; its number. */
function hold(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port });
    socket.once('error', reject);
    socket.once('connect', () => {
      const session = sessions.push(socket) - 1;
      socket.on('data', () => (heardMs[session] = monotonicMs()));
      resolve(session);
    });
  });
}

/** One UDP flow that asks all the while; the number under which it is heard. */
function holdUdp(host: string, port: number): number {
  const session = sessions.push(undefined as never) - 1;
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', () => (heardMs[session] = monotonicMs()));
  setInterval(() => socket.send('.', port, host), 20).unref();
  return session;
}

/** Whether a session that is held still carries text there and back. */
function say(session: number, waitMs = 600): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = sessions[session]!;
    const timer = setTimeout(() => resolve(false), waitMs);
    socket.once('data', () => {
      clearTimeout(timer);
      resolve(true);
    });
    socket.write('still there?');
  });
}

let firewall: Firewall | undefined;
let doors: readonly Door[] = [];
const events: NftEvent[] = [];
const revoked: Grant[] = [];

let tableFirewall: NftFirewall | undefined;

function make(options: Parameters<typeof nftFirewall>[0]): void {
  tableFirewall = nftFirewall({ ...options, onEvent: (event) => events.push(event) });
  begin(tableFirewall);
}

let borrowed: BorrowedSets | undefined;

/** The same in sets of other tables. */
function makeBorrowed(options: Parameters<typeof borrowedSets>[0]): void {
  borrowed = borrowedSets({ ...options, onEvent: (event) => events.push(event) });
  begin(borrowed);
}

function begin(made: Firewall): void {
  revoked.length = events.length = 0;
  firewall = made;
  firewall.onRevoked((grants) => revoked.push(...grants));
}

function start(given: readonly Door[], options?: StartOptions): Promise<readonly Grant[]> {
  doors = given;
  return firewall!.start(given, options);
}

function apply(openings: readonly NamedOpening[], nowMs?: number): readonly Outcome[] {
  const named = openings.map(({ door, source, ...rest }): Opening => {
    const known = doors.find(({ name }) => name === door)!;
    return { door: known, source: parseAddress(source)!, ...rest };
  });
  return firewall!.apply(named, nowMs ?? monotonicMs()).map(withPlainError);
}

/** Opens before the loop has had a turn since a flush; then what the kernel says of the element of tcp/22. */
function applyAfterFlush(opening: NamedOpening): { outcome: Outcome; inKernel: string } {
  spawnSync('nft', ['flush', 'ruleset']);
  const [outcome] = apply([opening]);
  const element = `{ ${opening.source} . tcp . 22 }`;
  const got = spawnSync('nft', ['get', 'element', 'inet', 'postern', 'open4', element]);
  return { outcome: outcome!, inKernel: got.stdout.toString() };
}

/** Opens, and has nft do something before the loop has had a turn. */
function applyThen(openings: readonly NamedOpening[], input: string): readonly Outcome[] {
  const outcomes = apply(openings);
  spawnSync('nft', ['-f', '-'], { input });
  return outcomes;
}

/**
 * Gives the element of tcp/22 of a source another time, as somebody else would. Until it is set right, each
 * turn of the loop renews one of these grants, and ends and opens another. How many turns that were.
 */
async function goOnUntilRepaired(source: string, busy: readonly NamedOpening[]): Promise<number> {
  const set = 'inet postern open4';
  const key = `${source} . tcp . 22`;
  const repaired = (): number => tableFirewall!.counts()['elements repaired'] ?? 0;
  const before = repaired();
  spawnSync('nft', ['-f', '-'], {
    input: `delete element ${set} { ${key} }\nadd element ${set} { ${key} timeout 2h }\n`,
  });
  let turns = 0;
  for (; repaired() === before; turns++) {
    const [renewed, again] = [0, 1].map((next) => busy[(2 * turns + next) % busy.length]!);
    const network = { address: parseAddress(again!.source)!, prefix: 32 };
    firewall!.revoke(
      doors.find(({ name }) => name === again!.door)!,
      network,
      monotonicMs(),
    );
    apply([{ ...renewed!, openForMs: renewed!.openForMs + turns }, again!]);
    await new Promise((next) => setImmediate(next));
  }
  return turns;
}

/**
 * Deletes the element of tcp/22 of one source, and adds one for another, as somebody else would, while all
 * are looked at. How many turns of the loop went by until the former was told of, and the latter was gone.
 */
async function turnsUntilRevoked(source: string, stranger: string): Promise<number> {
  const set = 'inet postern open4';
  // What is changed in another way has all of them looked at.
  spawnSync('nft', ['add', 'set', 'inet', 'postern', 'other', '{ type ipv4_addr; }']);
  for (let turn = 0; turn < 5; turn++) await new Promise((next) => setImmediate(next));
  spawnSync('nft', ['-f', '-'], {
    input:
      `delete element ${set} { ${source} . tcp . 22 }\n` +
      `add element ${set} { ${stranger} . tcp . 22 timeout 1h }\n`,
  });
  const isTold = (): boolean =>
    revoked.length > 0 && events.some(({ kind }) => kind === 'foreign elements removed');
  let turns = 0;
  for (; !isTold(); turns++) await new Promise((next) => setImmediate(next));
  return turns;
}

/** An error loses its own fields on its way to another process. */
function withPlainError(outcome: Outcome): Outcome {
  if (outcome.kind !== 'refused' || outcome.error === undefined) return outcome;
  const { message } = outcome.error;
  return { ...outcome, error: { ...outcome.error, message } };
}

/** What the test may call; the firewall's own are those of the port. */
export const calls = {
  listenTcp,
  listenUdp,
  connect,
  askUdp,
  streamTcp,
  hold,
  holdUdp,
  /** When a session that is held last heard something; undefined: never. */
  heardMs: (session: number): number | undefined => heardMs[session],
  say,
  make,
  makeBorrowed,
  troubles: (): readonly string[] => borrowed!.troubles(),
  start,
  apply,
  applyAfterFlush,
  applyThen,
  goOnUntilRepaired,
  turnsUntilRevoked,
  now: monotonicMs,
  expire: (nowMs = monotonicMs()): ReturnType<Firewall['expire']> => firewall!.expire(nowMs),
  nextExpiryMs: (): number | undefined => firewall!.nextExpiryMs(),
  grants: (nowMs = monotonicMs()): readonly Grant[] => firewall!.grants(nowMs),
  revoke: (door: string, from: Network, nowMs = monotonicMs()): readonly Grant[] =>
    firewall!.revoke(
      doors.find(({ name }) => name === door)!,
      from,
      nowMs,
    ),
  counts: (): ReturnType<NftFirewall['counts']> => tableFirewall!.counts(),
  lifted: (): ReturnType<NftFirewall['lifted']> => tableFirewall!.lifted(),
  shorten: (byMs: number, nowMs = monotonicMs()): void => firewall!.shorten(byMs, nowMs),
  block: (blocks: readonly Block[], nowMs = monotonicMs()): void => firewall!.block(blocks, nowMs),
  blocked: (nowMs = monotonicMs()): readonly CountedRange[] => firewall!.blocked(nowMs),
  revoked: (): Grant[] => revoked.splice(0),
  check: (): void => tableFirewall!.check(),
  events: (): NftEvent[] => events.splice(0),
  close: async (): Promise<void> => firewall?.close(),
  removeTable,
};
