import { codePorts, counterAt } from '../../../codec/one-time-code.ts';
import type { OneTimeKnock } from '../../../door/encoded.ts';
import type { KnockForm } from './knock-form.ts';
import { FormError, type Saying } from './saying.ts';

/** The ports of a counter, which is the clock's or the form's. */
export function sayCode(
  { counter: typed }: KnockForm,
  knock: OneTimeKnock,
  secret: Uint8Array,
  timeMs: number,
): Saying {
  const counter = knock.kind === 'totp' ? counterAt(timeMs / 1000, knock) : counterIn(typed);
  const hits = codePorts(knock, secret, counter).map((port, place) => ({
    protocol: knock.carrier,
    port,
    meaning: `place ${place} of ${knock.ports}: HMAC-SHA-256 of the counter and ${place}, cut to its part of the span`,
  }));
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(counter));
  const meaning =
    knock.kind === 'totp'
      ? `number ${counter}: periods of ${knock.periodSeconds} s since 1970`
      : `number ${counter}: goes up with each use`;
  return {
    stages: [{ title: 'The counter', parts: [{ name: 'counter', bytes, meaning, hue: 1 }] }],
    hits,
  };
}

function counterIn(text: string): number {
  if (/^\s*\d{1,15}\s*$/.test(text)) return Number(text);
  throw new FormError(`the counter is a number, not “${text}”`);
}
