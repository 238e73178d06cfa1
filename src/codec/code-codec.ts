import type { Door } from '../door/door.ts';
import type { OneTimeKnock } from '../door/encoded.ts';
import type { Code, CodeCodec } from '../matcher/encoded/codec.ts';
import { codeLayout, codeValues, counterAt } from './one-time-code.ts';
import { sha256 } from './primitives.ts';

/** The highest counter that was used of a series; -1: none. */
export type UsedUpTo = (series: string) => number;

/** The codes of the moment, worked out anew when the moment has others. */
export function codeCodec(
  door: Door,
  knock: OneTimeKnock,
  secret: Uint8Array,
  usedUpTo: UsedUpTo,
): CodeCodec {
  const layout = codeLayout(knock);
  const series = codeSeries(door.name, secret);
  let codes: readonly Code[] = [];
  let inForce = Number.NaN;
  return {
    kind: 'code',
    layout,
    codesAt: (seconds) => {
      const next = knock.kind === 'totp' ? counterAt(seconds, knock) : usedUpTo(series) + 1;
      if (next !== inForce) {
        inForce = next;
        codes = countersAround(next, knock).map((counter) => ({
          values: codeValues(secret, counter, layout),
          ticket: { series, number: counter, salt: undefined, action: 'open' },
        }));
      }
      return codes;
    },
  };
}

/** Names a door's secret in the book of used knocks. */
export function codeSeries(door: string, secret: Uint8Array): string {
  const named = Buffer.concat([Buffer.from(`postern code 1\0${door}\0`), secret]);
  return Buffer.from(sha256(named)).toString('hex').slice(0, 16);
}

/**
 * TOTP: as many after the one in force as before it. HOTP: `next` and so many behind it, and the one that
 * was used last, which the other address family may still bring; else it is refused as used.
 */
function countersAround(next: number, { drift, kind }: OneTimeKnock): number[] {
  const first = Math.max(0, next - (kind === 'totp' ? drift : 1));
  return Array.from({ length: next + drift - first + 1 }, (_, at) => first + at);
}
