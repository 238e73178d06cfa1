/** Up to which number each series of codes is used: what the main thread's book tells. */
export class UsedNumbers {
  readonly #upTo = new Map<string, number>();

  usedUpTo(series: string): number {
    return this.#upTo.get(series) ?? -1;
  }

  /** What is used stays so. */
  note(series: string, number: number): void {
    this.#upTo.set(series, Math.max(number, this.usedUpTo(series)));
  }

  noteAll(all: ReadonlyMap<string, number>): void {
    for (const [series, number] of all) this.note(series, number);
  }
}
