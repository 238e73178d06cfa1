/** Numbers for grants, from 1 on; books that share one give no number twice. */
export class GrantNumbers {
  #next = 1;

  take(): number {
    return this.#next++;
  }

  /** An earlier daemon gave this number. */
  passOver(number: number): void {
    this.#next = Math.max(this.#next, number + 1);
  }
}
