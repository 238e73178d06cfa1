/** What a sealed knock asks for, in one byte. */
export type Terms =
  | { readonly kind: 'close' }
  /** One of the actions that the door offers, by its place in their list. */
  | { readonly kind: 'offer'; readonly place: number }
  /** Undefined: as long as the door stays open by itself. */
  | { readonly kind: 'open'; readonly openForSeconds: number | undefined };

/** Runs of bytes: each counts in a unit, from a number of it on. */
const RUNS = [
  { first: 1, last: 90, seconds: 1, from: 1 },
  { first: 91, last: 179, seconds: 60, from: 2 },
  { first: 180, last: 225, seconds: 3600, from: 2 },
  { first: 226, last: 231, seconds: 86_400, from: 2 },
] as const;

const DOORS_OWN = 0;
const FIRST_OFFER = 232;
const LAST_OFFER = 254;
const CLOSE = 255;

/** So many actions of a door can be named. */
export const MOST_OFFERS: number = LAST_OFFER - FIRST_OFFER + 1;

/** Seconds up to 90, minutes up to 90, hours up to 47, days up to 7; what lies between is the next one up. */
export function termsByte(terms: Terms): number {
  if (terms.kind === 'close') return CLOSE;
  if (terms.kind === 'offer') return FIRST_OFFER + terms.place;
  const { openForSeconds } = terms;
  if (openForSeconds === undefined) return DOORS_OWN;
  for (const { first, last, seconds, from } of RUNS) {
    const byte = Math.max(first, first + Math.ceil(openForSeconds / seconds) - from);
    if (byte <= last) return byte;
  }
  return RUNS.at(-1)!.last;
}

/** Undefined for a byte that means nothing. */
export function termsOf(byte: number): Terms | undefined {
  if (byte === CLOSE) return { kind: 'close' };
  if (byte >= FIRST_OFFER && byte <= LAST_OFFER) {
    return { kind: 'offer', place: byte - FIRST_OFFER };
  }
  if (byte === DOORS_OWN) return { kind: 'open', openForSeconds: undefined };
  const run = RUNS.find(({ first, last }) => byte >= first && byte <= last);
  if (run === undefined) return undefined;
  return { kind: 'open', openForSeconds: (byte - run.first + run.from) * run.seconds };
}
