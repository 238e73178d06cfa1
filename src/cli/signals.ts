/** TERM and INT, and what the shell makes of them. */
const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * The signals of a daemon, heard before all else is even loaded: one that comes while it starts is obeyed when it has
 * started, so that nothing is left half done. USR1 does nothing: node would open its inspector to whoever
 * may send signals.
 */
export class Signals {
  /** The number of the first TERM or INT. */
  readonly end: Promise<number>;
  /** A second one: whoever sends it does not want to wait. */
  readonly hurry: Promise<void>;
  #onReload: (() => void) | undefined;
  #wantsReload = false;

  constructor() {
    let count = 0;
    let end: (number: number) => void;
    let hurry: () => void;
    this.end = new Promise((resolve) => (end = resolve));
    this.hurry = new Promise((resolve) => (hurry = resolve));
    for (const [name, number] of Object.entries(NUMBERS)) {
      process.on(name, () => {
        if (++count === 1) end(number);
        else hurry();
      });
    }
    process.on('SIGHUP', () => this.#reloadSoon());
    process.on('SIGUSR1', () => {});
  }

  /** From here on HUP is heard. */
  onReload(reload: () => void): void {
    this.#onReload = reload;
    if (this.#wantsReload) this.#reload();
  }

  // One reload for all signals of a turn: a storm of them must not keep packets and timers waiting.
  #reloadSoon(): void {
    if (this.#wantsReload) return;
    this.#wantsReload = true;
    if (this.#onReload !== undefined) setImmediate(() => this.#reload());
  }

  #reload(): void {
    this.#wantsReload = false;
    this.#onReload?.();
  }
}
