/** The number of the ruleset's next generation: 32 bits of which 0 is none. */
export function generationAfter(generation: number): number {
  return generation === 0xffff_ffff ? 1 : generation + 1;
}
