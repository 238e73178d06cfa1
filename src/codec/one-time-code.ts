import type { OneTimeKnock } from '../door/encoded.ts';
import { portAt, spanSize } from '../door/span.ts';
import type { SymbolLayout } from '../door/symbols.ts';
import { hmacSha256 } from './primitives.ts';

/**
 * The span is cut into as many parts of one size as a code has ports, and each port lies in the part that
 * is its own: so its place is known, whatever order the packets come in.
 */
export function codeLayout({ span, ports }: OneTimeKnock): SymbolLayout {
  return { places: ports, values: Math.floor(spanSize(span) / ports) };
}

/** The values of a counter's code, by place: HOTP's truncation of HMAC-SHA-256 over counter and place. */
export function codeValues(secret: Uint8Array, counter: number, layout: SymbolLayout): number[] {
  return Array.from({ length: layout.places }, (_, place) => {
    const message = Buffer.alloc(9);
    message.writeBigUInt64BE(BigInt(counter));
    message[8] = place;
    return truncated(hmacSha256(secret, message)) % layout.values;
  });
}

/** The ports to knock at. */
export function codePorts(knock: OneTimeKnock, secret: Uint8Array, counter: number): number[] {
  const layout = codeLayout(knock);
  return codeValues(secret, counter, layout).map((value, place) =>
    portAt(knock.span, place * layout.values + value),
  );
}

/** TOTP's counter at a time. */
export function counterAt(seconds: number, { periodSeconds }: OneTimeKnock): number {
  return Math.floor(seconds / periodSeconds);
}

/** RFC 4226, section 5.3: 31 bits at the place that the last four bits name. */
export function truncated(mac: Uint8Array): number {
  const at = mac.at(-1)! & 0xf;
  const [first, second, third, fourth] = mac.subarray(at, at + 4) as unknown as [
    number,
    number,
    number,
    number,
  ];
  return ((first & 0x7f) << 24) | (second << 16) | (third << 8) | fourth;
}
