import { once } from 'node:events';

/** So much text is written at once. */
const PIECE = 1 << 16;

/** Lines to stdout by the thousand: in large writes, and no faster than they are read. */
export class LineWriter {
  #text = '';

  line(text: string): void {
    this.#text += `${text}\n`;
    if (this.#text.length >= PIECE) this.flush();
  }

  flush(): void {
    if (this.#text !== '') process.stdout.write(this.#text);
    this.#text = '';
  }

  /** Writes what there is. Undefined, or until whoever reads has caught up: else all would lie in memory. */
  room(): Promise<unknown> | undefined {
    this.flush();
    return process.stdout.writableNeedDrain ? once(process.stdout, 'drain') : undefined;
  }
}
