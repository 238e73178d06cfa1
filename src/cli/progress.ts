import { countText, durationText } from '../report/words.ts';

/** A bar on stderr, ten times a second while work goes on, and gone when it ends. */
export class Progress {
  readonly #totalBytes: number;
  readonly #startedMs = performance.now();
  #drawnMs = 0;

  /** `totalBytes` is undefined where the size is not known (standard input). */
  constructor(totalBytes: number | undefined) {
    this.#totalBytes = totalBytes ?? 0;
  }

  update(bytes: number, packets: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#drawnMs < 100) return;
    this.#drawnMs = nowMs;
    const elapsed = (nowMs - this.#startedMs) / 1000;
    const rate = `${countText(packets)} packets  ${countText(Math.round(packets / elapsed))}/s`;
    process.stderr.write(`\r\x1b[K${this.#bar(bytes, elapsed)}${rate}`);
  }

  end(): void {
    if (this.#drawnMs > 0) process.stderr.write('\r\x1b[K');
  }

  #bar(bytes: number, elapsed: number): string {
    if (this.#totalBytes === 0) return '';
    const share = Math.min(1, bytes / this.#totalBytes);
    const left = share > 0 ? ` ${durationText(Math.ceil((elapsed / share) * (1 - share)))} left` : '';
    const filled = Math.round(share * 24);
    const percent = `${Math.round(share * 100)} %`.padStart(5);
    return ` ${'█'.repeat(filled)}${' '.repeat(24 - filled)} ${percent}${left}  `;
  }
}
