/** One question, and how it is answered. */
export interface BenchCase {
  readonly name: string;
  /** What somebody who runs a busy host wants to know. */
  readonly question: string;
  /** Why it can't run on this machine; undefined if it can. An absent rival is none: it is told of beside the figure. */
  readonly obstacle: () => string | undefined;
  /** One figure after another: those before an interruption, or before something that fails, are kept. */
  readonly run: (options: BenchOptions) => AsyncIterable<Figure>;
}

export interface BenchOptions {
  /** Small workloads: minutes for all of it. */
  readonly isQuick: boolean;
  readonly log: (line: string) => void;
  /** Hands over a drawing for the page; its figures stand among the others. */
  readonly draw: (plot: Plot) => void;
  /** Tells of a part that this machine can't run, and why; the other figures stand. */
  readonly leaveOut: (what: string, why: string) => void;
}

/** One line of the results: ours, the rival's in the same run, and how they compare. */
export interface Figure {
  /** What was measured, the same words in each run: runs are compared by them. */
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  /** Half of the distance from the least to the greatest run, as a part of `ours`. Absent for a single run. */
  readonly noise?: number;
  /** Absent: there is nothing to compare with, or it could not be run (then `note` says why). */
  readonly rival?: { readonly name: string; readonly value: number; readonly noise?: number };
  /** `ours / rival`, or its inverse where more is better; how many times better we are. */
  readonly ratio?: number;
  readonly target?: string;
  /** What belongs to this run alone: packets lost, why there is no rival. */
  readonly note?: string;
}

/** Lines over one axis, drawn on the page of results. */
export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly PlotLine[];
}

export interface Axis {
  readonly label: string;
  readonly isLogarithmic: boolean;
}

export interface PlotLine {
  readonly name: string;
  /** Pairs of x and y, x ascending. */
  readonly points: readonly (readonly [number, number])[];
  /** `y ~ x^exponent`, fitted; for growth alone. */
  readonly exponent?: number;
}
