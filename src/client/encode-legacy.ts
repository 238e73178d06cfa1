import { readPassphrase } from '../codec/key-file.ts';
import { legacyOffsets } from '../codec/legacy/legacy-codec.ts';
import { fieldBytes, packFields, type LegacyValues } from '../codec/legacy/legacy-fields.ts';
import type { SaidFields } from '../codec/legacy/said-fields.ts';
import { LIKELIEST } from '../config/to-encoded.ts';
import type { Carrier, LegacyField, LegacyProfile, PortRange } from '../door/encoded.ts';
import { portAt } from '../door/span.ts';
import { formatAddress, type Address } from '../tuple/address.ts';
import type { EncodedKnock } from './encode.ts';

/** What a client must know of a door with knocks in the format of 2004. */
export interface LegacyDoor {
  readonly said: SaidFields;
  readonly choices: Partial<LegacyProfile>;
  readonly passphraseFile: string | undefined;
  /** Of 256, 512, 1024, ... ports. */
  readonly span: readonly PortRange[];
  readonly carrier: Carrier;
}

/** Whom a legacy knock is for, an IPv4 address, and for how many minutes, if it says so. */
export interface LegacyOrder {
  readonly address: Address;
  readonly minutes: number | undefined;
}

/** A legacy knock; its packets count in this order. Throws a `KeyFileError`, or a RangeError where the passphrase is no key. */
export function legacyKnock(door: LegacyDoor, { address, minutes }: LegacyOrder): EncodedKnock {
  const { said, choices, passphraseFile, span, carrier } = door;
  const { fields } = said;
  const cipher = passphraseFile === undefined ? 'none' : (choices.cipher ?? 'blowfish');
  const profile = { ...LIKELIEST, ...choices, cipher, fields };
  const time = minutes === undefined ? {} : { time: minutes };
  const values = { ...said.values, client: address.words[3], ...time };
  const passphrase = passphraseFile === undefined ? '' : readPassphrase(passphraseFile);
  const offsets = legacyOffsets(values, { profile, span }, passphrase);
  return {
    steps: offsets.map((offset) => ({ port: portAt(span, offset), protocol: carrier })),
    fields: [
      ...fieldRows(values, profile, address),
      ['cipher', cipherText(profile)],
      ['on the span', `${offsets.length} packets, in this order`],
    ],
  };
}

function fieldRows(
  values: LegacyValues,
  profile: LegacyProfile,
  address: Address,
): [LegacyField, string][] {
  const plain = Buffer.from(packFields(values, profile));
  let at = 0;
  return profile.fields.map((field) => {
    const from = at;
    at += fieldBytes({ fields: [field], portWidth: profile.portWidth });
    const bytes = plain.toString('hex', from, at);
    return [field, `${meaning(field, values, address)}, sent as ${bytes}`];
  });
}

function meaning(field: LegacyField, values: LegacyValues, address: Address): string {
  switch (field) {
    case 'client':
      return formatAddress(address);
    case 'checksum':
      return 'of what is before it';
    case 'time':
      return `${values.time ?? 0} minutes`;
    default:
      return String(values[field] ?? 0);
  }
}

function cipherText({ cipher, hasHeader, iv, isKeyHashed }: LegacyProfile): string {
  if (cipher === 'none') return 'none: anybody can read it, and make one';
  const vector = hasHeader ? `the vector ${iv} in front` : 'no vector in front';
  return `${cipher}, ${vector}, ${isKeyHashed ? 'its key from the passphrase by MD5' : 'the passphrase is its key'}`;
}
