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
      const middle =
        knock.kind === 'totp' ? counterAt(seconds, knock) : usedUpTo(series) + 1 + knock.drift;
      if (middle !== inForce) {
        inForce = middle;
        codes = countersAround(middle, knock).map((counter) => ({
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

/** TOTP: as many after the one in force as before it. HOTP: `middle` is as far as one looks ahead. */
function countersAround(middle: number, { drift, kind }: OneTimeKnock): number[] {
  const last = kind === 'totp' ? middle + drift : middle;
  const first = Math.max(0, middle - drift);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
