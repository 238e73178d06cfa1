import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startAgent, type Agent } from './agent-client.ts';

/** Addresses of the two ends: `4` and `6` are routed on the veth between them. */
export const SERVER = { 4: '10.77.0.2', 6: 'fd77::2' } as const;
export const CLIENT = { 4: '10.77.0.1', 6: 'fd77::1' } as const;
/** A second machine of the client's side. */
export const OTHER = { 4: '10.77.0.3', 6: 'fd77:0:0:1::3' } as const;
/** A third namespace, behind the server. */
export const BACKEND = { 4: '10.78.0.5', 6: 'fd78::5' } as const;

const isRoot = process.getuid?.() === 0;

/** Link addresses of the veth's ends, for who builds frames himself. */
export const SERVER_MAC = '02:00:00:00:00:02';
export const CLIENT_MAC = '02:00:00:00:00:01';

/** Why no private network can be made here; undefined if it can. */
export const noNetns: string | undefined = reasonAgainst();

export interface NetnsOptions {
  /** A third namespace behind the server. */
  readonly backend?: boolean;
  /** Names of the veth's two ends; default `srv0` and `cli0`. */
  readonly server?: string;
  readonly client?: string;
}

/**
 * Two namespaces joined by a veth (`srv0` and `cli0`), on request a third one behind the server. They
 * live as long as the processes that hold them, which end with this one, so nothing is left behind.
 */
export async function netns(options: NetnsOptions = {}): Promise<Netns> {
  const [ours, theirs] = [options.server ?? 'srv0', options.client ?? 'cli0'];
  const server = await Namespace.create('server');
  const client = await Namespace.create('client', server);
  const backend = options.backend ? await Namespace.create('backend', server) : undefined;
  join(server, ours, [SERVER[4] + '/24', SERVER[6] + '/48'], client, theirs, [
    CLIENT[4] + '/24',
    CLIENT[6] + '/48',
    OTHER[4] + '/24',
    OTHER[6] + '/48',
  ]);
  server.run(['ip', 'link', 'set', ours, 'address', SERVER_MAC]);
  client.run(['ip', 'link', 'set', theirs, 'address', CLIENT_MAC]);
  if (backend !== undefined) {
    join(server, 'back0', ['10.78.0.2/24', 'fd78::2/48'], backend, 'veth0', [
      BACKEND[4] + '/24',
      BACKEND[6] + '/48',
    ]);
    server.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    for (const end of [client, backend]) {
      const gateway = end === client ? SERVER : { 4: '10.78.0.2', 6: 'fd78::2' };
      end.run(['ip', 'route', 'add', 'default', 'via', gateway[4]]);
      end.run(['ip', '-6', 'route', 'add', 'default', 'via', gateway[6]]);
    }
  }
  return new Netns(server, client, backend);
}

export class Netns implements AsyncDisposable {
  readonly server: Namespace;
  readonly client: Namespace;
  readonly #backend: Namespace | undefined;

  constructor(server: Namespace, client: Namespace, backend: Namespace | undefined) {
    this.server = server;
    this.client = client;
    this.#backend = backend;
  }

  get backend(): Namespace {
    if (this.#backend === undefined) throw new Error('made without a backend');
    return this.#backend;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [this.client, this.#backend, this.server]) await each?.close();
  }
}

/** One network namespace, held by a process that ends when its standard input does. */
export class Namespace {
  readonly name: string;
  readonly pid: number;
  readonly #holder: ChildProcess;
  readonly #children: ChildProcess[] = [];
  #agent: Promise<Agent> | undefined;

  private constructor(name: string, holder: ChildProcess) {
    this.name = name;
    this.#holder = holder;
    this.pid = holder.pid!;
  }

  /** A new namespace; unprivileged ones share the user namespace of the first. */
  static async create(name: string, beside?: Namespace): Promise<Namespace> {
    const holder = spawn(...holderCommand(beside), { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout!, 'data');
    const namespace = new Namespace(name, holder);
    namespace.run(['ip', 'link', 'set', 'lo', 'up']);
    return namespace;
  }

  /** The command that runs another one inside. */
  enter(command: readonly string[]): [string, string[]] {
    return ['nsenter', [...enterOptions(this.pid), '--', ...command]];
  }

  /** Runs a command to its end; its output. Throws if it fails, or has no end in half a minute. */
  run(command: readonly string[], input = ''): string {
    const options = {
      encoding: 'utf8',
      input,
      stdio: 'pipe',
      maxBuffer: 1 << 28,
      timeout: 30_000,
    } as const;
    return execFileSync(...this.enter(command), options);
  }

  /** Loads text of nft. */
  nft(text: string): void {
    this.run(['nft', '-f', '-'], text);
  }

  /** Starts a command that ends with the namespace at the latest. */
  spawn(
    command: readonly string[],
    options: { ipc?: boolean; stderr?: 'inherit' | 'pipe' } = {},
  ): ChildProcess {
    const stderr = options.stderr ?? 'inherit';
    const stdio = options.ipc ? ['ignore', 'pipe', stderr, 'ipc'] : ['pipe', 'pipe', stderr];
    const [file, args] = this.enter(command);
    const child = spawn(file, args, {
      stdio: stdio as ('pipe' | 'ipc')[],
      ...(options.ipc ? { serialization: 'advanced' } : {}),
    });
    this.#children.push(child);
    return child;
  }

  /** A node process inside that connects, listens and runs firewalls for the test. */
  agent(): Promise<Agent> {
    return (this.#agent ??= startAgent(this));
  }

  async close(): Promise<void> {
    for (const child of [...this.#children, this.#holder]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
  }
}

/** Joins two namespaces by a veth with these names and addresses at its ends. */
export function join(
  a: Namespace,
  nameA: string,
  addressesA: readonly string[],
  b: Namespace,
  nameB: string,
  addressesB: readonly string[],
): void {
  a.run(`ip link add ${nameA} type veth peer name ${nameB} netns ${b.pid}`.split(' '));
  const ends = [
    [a, nameA, addressesA],
    [b, nameB, addressesB],
  ] as const;
  for (const [end, device, addresses] of ends) {
    for (const address of addresses) {
      // Without duplicate address detection an IPv6 address can be used at once; a deprecated one only
      // by who asks for it.
      const isSpare = address.startsWith(`${OTHER[6]}/`);
      const more = address.includes(':')
        ? ['nodad', ...(isSpare ? ['preferred_lft', '0'] : [])]
        : [];
      end.run(['ip', 'address', 'add', address, 'dev', device, ...more]);
    }
    end.run(['ip', 'link', 'set', device, 'up']);
  }
}

const HOLD = ['sh', '-c', 'echo ready; exec cat >/dev/null'];

function holderCommand(beside: Namespace | undefined): [string, string[]] {
  if (isRoot) return ['unshare', ['-n', '--', ...HOLD]];
  if (beside === undefined) return ['unshare', ['-Urn', '--', ...HOLD]];
  return beside.enter(['unshare', '-n', '--', ...HOLD]);
}

function enterOptions(pid: number): string[] {
  const user = isRoot ? [] : ['-U', '--preserve-credentials'];
  return ['-t', String(pid), ...user, '-n'];
}

function reasonAgainst(): string | undefined {
  const attempt = spawnSync('unshare', [isRoot ? '-n' : '-Urn', 'ip', 'link'], {
    encoding: 'utf8',
  });
  if (attempt.status === 0) return undefined;
  const why = attempt.error?.message ?? attempt.stderr.trim();
  const reason = `no network namespace can be made here: ${why}`;
  if (process.env['CI']) throw new Error(`${reason}; in CI that is a failure`);
  console.warn(reason);
  return reason;
}
