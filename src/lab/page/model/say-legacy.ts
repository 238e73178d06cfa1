import { readPassphrase } from '../../../codec/key-file.ts';
import { HEADER_BYTES, legacyCipher } from '../../../codec/legacy/legacy-cipher.ts';
import { packFields, type LegacyValues } from '../../../codec/legacy/legacy-fields.ts';
import { saidFields } from '../../../codec/legacy/said-fields.ts';
import { toOffsets } from '../../../codec/legacy/legacy-ports.ts';
import type { LegacyKnock, LegacyProfile } from '../../../door/encoded.ts';
import { portAt, spanSize } from '../../../door/span.ts';
import { formatAddress } from '../../../tuple/address.ts';
import type { KnockForm } from './knock-form.ts';
import { FormError, type Part, type Saying, type Stage } from './saying.ts';

/** A knock in the format of 2004, from its fields to its ports. */
export function sayLegacy(
  { fields }: KnockForm,
  { profile, span, carrier, passphraseFile }: LegacyKnock,
): Saying {
  const said = saidFields(fields);
  if (typeof said === 'string') throw new FormError(said);
  const plain = packFields(said.values, profile);
  const passphrase = passphraseFile === undefined ? '' : readPassphrase(passphraseFile);
  const bytes = legacyCipher(profile, passphrase).encrypt(plain);
  const size = spanSize(span);
  const hits = toOffsets(bytes, size, profile.bitOrder).map((offset) => ({
    protocol: carrier,
    port: portAt(span, offset),
    meaning: `${Math.log2(size)} bits: ${offset}`,
  }));
  return { stages: legacyStages(said.values, plain, bytes, profile), hits };
}

/** The fields in clear, and what the cipher makes of them. */
export function legacyStages(
  values: LegacyValues,
  plain: Uint8Array,
  bytes: Uint8Array,
  profile: LegacyProfile,
): Stage[] {
  const stages: Stage[] = [{ title: 'The fields', parts: fieldParts(values, plain, profile) }];
  if (profile.cipher !== 'none')
    stages.push({ title: 'Encrypted', parts: cipherParts(bytes, profile) });
  return stages;
}

function fieldParts(values: LegacyValues, plain: Uint8Array, profile: LegacyProfile): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const [hue, name] of profile.fields.entries()) {
    const width = packFields({}, { ...profile, fields: [name] }).length;
    const bytes = plain.slice(at, at + width);
    parts.push({ name, bytes, meaning: meaningOf(name, values, profile), hue: hue % HUES });
    at += width;
  }
  return parts;
}

const HUES = 7;

function meaningOf(
  name: LegacyProfile['fields'][number],
  values: LegacyValues,
  { checksum }: LegacyProfile,
): string {
  const value = values[name] ?? 0;
  switch (name) {
    case 'client':
      return `${formatAddress({ family: 4, words: [0, 0, 0xffff, value] })}, who is to be let in`;
    case 'port':
      return `port ${value}, which the door must open`;
    case 'time':
      return value === 0
        ? 'no time: the door’s own'
        : `${value} min, if the door opens for so long`;
    case 'mask':
      return value === 0 || value === 32
        ? 'one address'
        : `a network of /${value}, which is refused`;
    case 'checksum':
      return CHECKSUMS[checksum];
    default:
      return `${value}; what it meant was up to each site`;
  }
}

const CHECKSUMS = {
  bytes: 'the sum of the bytes before it, modulo 256',
  fields: 'the sum of the values before it, modulo 256',
  xor: 'the exclusive or of the bytes before it',
  mod255: 'the sum of the bytes before it, modulo 255',
} as const;

function cipherParts(bytes: Uint8Array, { cipher, hasHeader }: LegacyProfile): Part[] {
  const size = cipher === 'rijndael' ? 16 : 8;
  const start = hasHeader ? HEADER_BYTES : 0;
  const header: Part[] = hasHeader
    ? [
        {
          name: 'RandomIV',
          bytes: bytes.slice(0, 8),
          meaning: 'the same in every knock: anybody can tell it by this',
          hue: 6,
        },
        { name: 'vector', bytes: bytes.slice(8, start), meaning: 'in clear', hue: 5 },
      ]
    : [];
  const blocks = Array.from({ length: (bytes.length - start) / size }, (_, nth): Part => ({
    name: `block ${nth + 1}`,
    bytes: bytes.slice(start + nth * size, start + (nth + 1) * size),
    meaning: `${cipher}, chained${hasHeader ? '' : ' from the vector on; the same words make the same knock'}`,
    hue: nth % 4,
  }));
  return [...header, ...blocks];
}
