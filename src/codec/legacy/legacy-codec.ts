import type { Door } from '../../door/door.ts';
import type { LegacyKnock } from '../../door/encoded.ts';
import { spanSize } from '../../door/span.ts';
import type { Reading, StreamCodec } from '../../matcher/encoded/codec.ts';
import type { Ticket } from '../../matcher/encoded/ticket.ts';
import { sameAddress, type Address } from '../../tuple/address.ts';
import { legacyCipher } from './legacy-cipher.ts';
import { fieldBytes, packFields, unpackFields, type LegacyValues } from './legacy-fields.ts';
import { fromOffsets, portCount, toOffsets } from './legacy-ports.ts';

/** Reads a door's legacy knocks. */
export function legacyCodec(door: Door, knock: LegacyKnock, passphrase: string): StreamCodec {
  const { profile, span } = knock;
  const size = spanSize(span);
  const cipher = legacyCipher(profile, passphrase);
  const bytes = cipher.length(fieldBytes(profile));
  return {
    kind: 'stream',
    length: portCount(bytes, size),
    read: (offsets, source) => {
      const message = fromOffsets(offsets, bytes, size, profile.bitOrder);
      const plain = message && cipher.decrypt(message);
      const values = plain && unpackFields(plain, profile);
      return values && judge(values, door, knock, source);
    },
  };
}

/** The offsets of a legacy knock on its span. */
export function legacyOffsets(
  values: LegacyValues,
  { profile, span }: Pick<LegacyKnock, 'profile' | 'span'>,
  passphrase: string,
): number[] {
  const plain = packFields(values, profile);
  const bytes = legacyCipher(profile, passphrase).encrypt(plain);
  return toOffsets(bytes, spanSize(span), profile.bitOrder);
}

/** The door's own bounds hold. What a flag means was up to each site, so here it means nothing. */
function judge(values: LegacyValues, door: Door, knock: LegacyKnock, source: Address): Reading {
  const { client, port, time, mask } = values;
  const stated: Address | undefined =
    client === undefined ? undefined : { family: 4, words: [0, 0, 0xffff, client] };
  if (stated !== undefined && knock.address === 'agree' && !sameAddress(stated, source)) {
    return { kind: 'refused', reason: 'forged' };
  }
  if (mask !== undefined && mask !== 0 && mask < 32) return { kind: 'refused', reason: 'too wide' };
  if (port !== undefined && !opens(door, port)) return { kind: 'refused', reason: 'wrong port' };
  const subject = knock.address === 'stated' ? (stated ?? source) : source;
  const asked = time === undefined || time === 0 ? door.openForSeconds : time * 60;
  const ticket: Ticket = {
    series: '',
    number: 0,
    salt: undefined,
    isReusable: true,
    action: 'open',
    openForSeconds: Math.min(asked, door.openForSeconds),
    subject,
  };
  return { kind: 'ticket', ticket };
}

/** A door without `open` runs commands, for whatever port they are. */
function opens({ open }: Door, port: number): boolean {
  return open.length === 0 || open.some(({ from, to }) => port >= from && port <= to);
}
