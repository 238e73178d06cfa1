/** One question, and how it is answered. */
export interface BenchCase {
  readonly name: string;
  /** What somebody who runs a busy host wants to know. */
  readonly question: string;
  /** What it needs besides a compiler; a reason if this machine lacks it. */
  readonly obstacle: () => string | undefined;
  readonly run: (options: BenchOptions) => Promise<readonly Figure[]>;
}

export interface BenchOptions {
  /** Small workloads: minutes for all of it. */
  readonly isQuick: boolean;
  readonly log: (line: string) => void;
}

/** One line of the results: ours, the rival's in the same run, and how they compare. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  /** Absent: there is nothing to compare with, or it could not be run (then `note` says why). */
  readonly rival?: { readonly name: string; readonly value: number };
  /** `ours / rival`, or its inverse where more is better; how many times better we are. */
  readonly ratio?: number;
  readonly target?: string;
  readonly note?: string;
}
