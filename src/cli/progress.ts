import { countText, durationText } from '../report/words.ts';
import type { CaptureSource } from '../source/decoded-source.ts';

/** What tells how far a replay has come. Where it has no length, the bar is left out. */
export type Counted = Pick<CaptureSource, 'counters'> & Partial<CaptureSource>;

const DRAWN_EVERY_MS = 100;

/** A bar on stderr while a capture is read, and gone when it ends. */
export class Progress {
  readonly #source: Counted;
  readonly #startedMs = performance.now();
  readonly #timer = setInterval(() => this.#draw(), DRAWN_EVERY_MS);

  constructor(source: Counted) {
    this.#source = source;
  }

  end(): void {
    clearInterval(this.#timer);
    process.stderr.write('\r\x1b[K');
  }

  #draw(): void {
    const { packets } = this.#source.counters();
    const elapsed = (performance.now() - this.#startedMs) / 1000;
    const rate = `${countText(packets)} packets  ${countText(Math.round(packets / elapsed))}/s`;
    process.stderr.write(`\r\x1b[K${this.#bar(elapsed)}${rate}`);
  }

  #bar(elapsed: number): string {
    const { fileBytes, position = 0 } = this.#source;
    if (fileBytes === undefined || fileBytes === 0) return '';
    const share = Math.min(1, position / fileBytes);
    const left =
      share > 0 ? ` ${durationText(Math.ceil((elapsed / share) * (1 - share)))} left` : '';
    const filled = Math.round(share * 24);
    const percent = `${Math.round(share * 100)} %`.padStart(5);
    return ` ${'█'.repeat(filled)}${' '.repeat(24 - filled)} ${percent}${left}  `;
  }
}
