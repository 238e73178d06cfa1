/** Median and spread of repeated measurements. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  /** Half of the distance from min to max, as a part of the median. */
  readonly noise: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const [min, max] = [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN];
  return { median, min, max, runs: sorted.length, noise: (max - min) / 2 / Math.abs(median) };
}

/** `sorted` ascending; the value below which the share `q` of them lies. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

/** The exponent of `y ~ x^exponent`: the slope of a straight line through the logarithms. */
export function exponent(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (at: 0 | 1): number => logs.reduce((sum, each) => sum + each[at], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const across = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return across / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** What is done once by everybody in each round: A B C A B C ..., after `warmUps` rounds that count for nothing. */
export async function inTurns(
  rounds: number,
  subjects: readonly (() => number | Promise<number>)[],
  warmUps = 1,
): Promise<readonly Spread[]> {
  const values: number[][] = subjects.map(() => []);
  for (let round = -warmUps; round < rounds; round++) {
    for (const [at, subject] of subjects.entries()) {
      const value = await subject();
      if (round >= 0) values[at]!.push(value);
    }
  }
  return values.map(spread);
}
