import { watch, type FSWatcher } from 'node:fs';

/**
 * Tells that something has happened to one of a few paths. It may miss things, and wake for nothing: who
 * is waked looks, and who waits looks after a while all the same.
 */
export class PathWatch implements Disposable {
  #paths: readonly string[] = [];
  #watchers: FSWatcher[] = [];
  #wake: (() => void) | undefined;
  #isDue = false;
  #isClosed = false;

  /** Watches these from now on. What can't be watched is not. */
  follow(paths: readonly string[]): void {
    const isSame =
      this.#watchers.length === paths.length && paths.every((path, at) => path === this.#paths[at]);
    if (isSame || this.#isClosed) return;
    this.#unwatch();
    this.#paths = paths;
    for (const path of paths) {
      try {
        const watcher = watch(path, { persistent: false }, (event) => this.#tell(event));
        watcher.on('error', () => this.#unwatch());
        this.#watchers.push(watcher);
      } catch {
        // It is not there, or there are no more watches to be had: the clock will do.
      }
    }
  }

  /** Resolves when something has happened since the last wait began, or after so long. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#isDue && !this.#isClosed) {
      const timer = setTimeout(() => this.#wake?.(), milliseconds);
      await new Promise<void>((resolve) => (this.#wake = resolve));
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#isDue = false;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#unwatch();
    this.#wake?.();
  }

  /** What was renamed is watched no more under its name. */
  #tell(event: string): void {
    if (event === 'rename') this.#unwatch();
    this.#isDue = true;
    this.#wake?.();
  }

  #unwatch(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }
}
