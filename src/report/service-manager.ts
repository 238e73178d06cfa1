import { Buffer } from 'node:buffer';
import { connectDatagram } from './datagram.ts';

/** A service's states, as sd_notify(3) words them. */
type Assignments = Readonly<Record<string, string | number | bigint>>;

/**
 * The service manager that started us, told what we are at by sd_notify(3). Where nobody asked to be told,
 * and where nobody listens any more, nothing happens.
 */
export class ServiceManager {
  readonly #path: string | undefined;
  /** How often it wants to hear that we are alive; undefined: never. */
  readonly beatMs: number | undefined;

  /** `path` as in NOTIFY_SOCKET: absolute, or an abstract name with `@` for its NUL. */
  constructor(path?: string, watchdogUs?: number) {
    this.#path = path?.replace(/^@/, '\0');
    this.beatMs = watchdogUs === undefined ? undefined : watchdogUs / 2000;
  }

  /** Everything that was to be set up is there. */
  ready(status: string): void {
    this.#tell({ READY: 1, STATUS: status });
  }

  /** Until the next `ready`. */
  reloading(): void {
    this.#tell({ RELOADING: 1, MONOTONIC_USEC: process.hrtime.bigint() / 1000n });
  }

  stopping(): void {
    this.#tell({ STOPPING: 1, STATUS: 'ending' });
  }

  beat(): void {
    this.#tell({ WATCHDOG: 1 });
  }

  #tell(states: Assignments): void {
    if (this.#path === undefined) return;
    const lines = Object.entries(states).map(([name, value]) => `${name}=${value}`);
    try {
      const socket = connectDatagram(this.#path);
      socket.send(Buffer.from(lines.join('\n')));
      socket.close();
    } catch {
      // Nobody is there. A manager that misses us acts by itself.
    }
  }
}

/**
 * The manager that the environment names. Its variables are taken out of there, so that no command of ours
 * speaks in our name.
 */
export function takeServiceManager(environment: NodeJS.ProcessEnv = process.env): ServiceManager {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environment;
  for (const name of VARIABLES) delete environment[name];
  const isForUs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
  const watchdogUs = isForUs ? Number(WATCHDOG_USEC) : NaN;
  return new ServiceManager(NOTIFY_SOCKET || undefined, watchdogUs > 0 ? watchdogUs : undefined);
}

/** An environment for a process that is not to speak in our name, while we have yet to. */
export function withoutServiceManager(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(environment).filter(([name]) => !VARIABLES.includes(name));
  return Object.fromEntries(others);
}

const VARIABLES: readonly string[] = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'];
