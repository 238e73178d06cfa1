import type { Configuration } from '../config/configuration.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { Watchdog } from '../daemon/watchdog.ts';
import { takeServiceManager, type ServiceManager } from '../report/service-manager.ts';
import { counted } from '../report/words.ts';

/** A daemon as a service: its manager hears what it is at, and that it is alive. */
export class Service {
  readonly #interfaces: readonly string[];
  readonly #manager: ServiceManager = takeServiceManager();
  #watchdog: Watchdog | undefined;
  #status = '';

  constructor(interfaces: readonly string[]) {
    this.#interfaces = interfaces;
  }

  /** The rings are open and the table stands. */
  started(daemon: Daemon, configuration: Configuration): void {
    this.reloaded(configuration);
    const { beatMs } = this.#manager;
    if (beatMs === undefined) return;
    this.#watchdog = new Watchdog({
      everyMs: beatMs,
      packets: () => daemon.counters().packets,
      isBehind: () => daemon.isBehind(),
      beat: () => this.#manager.beat(),
    });
  }

  reloading(): void {
    this.#manager.reloading();
  }

  reloaded({ doors }: Configuration): void {
    this.#status = `watching ${this.#interfaces.join(', ')} for ${counted(doors.length, 'door')}`;
    this.#manager.ready(this.#status);
  }

  /** The old configuration stays in force. */
  reloadFailed(): void {
    this.#manager.ready(`${this.#status}; the last reload failed, see the log`);
  }

  stopping(): void {
    this.#watchdog?.[Symbol.dispose]();
    this.#manager.stopping();
  }
}
