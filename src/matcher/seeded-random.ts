/** Whole numbers from 0 up to but not including `below`. */
export type Random = (below: number) => number;

/**
 * Numbers that depend on the seed alone (sfc32, seeded by four mixes of the text). They place decoys:
 * what they must withstand is a guess by somebody who never sees them, not an attack on their state.
 */
export function seededRandom(seed: string): Random {
  let [a, b, c, counter] = mix(seed);
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return (below) => Math.floor((next() / 0x1_0000_0000) * below);
}

function mix(text: string): [number, number, number, number] {
  const lanes: [number, number, number, number] = [
    0x6a09_e667, 0x3c6e_f372, 0x510e_527f, 0x1f83_d9ab,
  ];
  for (let at = 0; at < text.length; at++) {
    for (const lane of [0, 1, 2, 3] as const) {
      const turned = Math.imul(lanes[lane] ^ text.charCodeAt(at), 0x9e37_79b1 + 2 * lane);
      lanes[lane] = turned ^ (turned >>> (13 + lane)) ^ lanes[(lane + 1) % 4]!;
    }
  }
  return lanes;
}
