import type { LegacyField, LegacyProfile } from '../../door/encoded.ts';

/** What a legacy knock says: numbers by field; a client is its 32 bits. Its checksum is not said but worked out. */
export type LegacyValues = Partial<Record<LegacyField, number>>;

export function isLegacyField(name: string): name is LegacyField {
  return /^(client|port|time|mask|checksum|flags|flag\d)$/.test(name);
}

type FieldRules = Pick<LegacyProfile, 'fields' | 'portWidth' | 'checksum'>;

/** Bytes of a message of these fields. */
export function fieldBytes({
  fields,
  portWidth,
}: Pick<FieldRules, 'fields' | 'portWidth'>): number {
  return fields.reduce((sum, field) => sum + widthOf(field, portWidth), 0);
}

/** The message. A field that is not given is 0. */
export function packFields(values: LegacyValues, rules: FieldRules): Uint8Array {
  const bytes: number[] = [];
  let sumOfValues = 0;
  for (const field of rules.fields) {
    if (field === 'checksum') {
      bytes.push(checksum(rules.checksum, bytes, sumOfValues));
      continue;
    }
    const value = values[field] ?? 0;
    const packed = packOne(field, value, rules.portWidth);
    sumOfValues += field === 'port' ? value : packed.reduce((sum, byte) => sum + byte, 0);
    bytes.push(...packed);
  }
  return Uint8Array.from(bytes);
}

/** What a message says, or undefined: its length or its checksum is not right. */
export function unpackFields(bytes: Uint8Array, rules: FieldRules): LegacyValues | undefined {
  if (bytes.length !== fieldBytes(rules)) return undefined;
  const values: LegacyValues = {};
  let at = 0;
  for (const field of rules.fields) {
    const width = widthOf(field, rules.portWidth);
    const part = bytes.subarray(at, at + width);
    at += width;
    if (field !== 'checksum') values[field] = unpackOne(field, part, rules.portWidth);
  }
  return Buffer.compare(packFields(values, rules), bytes) === 0 ? values : undefined;
}

function widthOf(field: LegacyField, portWidth: LegacyProfile['portWidth']): number {
  if (field === 'client') return 4;
  return field === 'port' && portWidth !== 'byte' ? 2 : 1;
}

function packOne(field: LegacyField, value: number, width: LegacyProfile['portWidth']): number[] {
  if (field === 'client') return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  if (field !== 'port') return [value & 255];
  switch (width) {
    case 'big':
      return [value >> 8, value & 255];
    case 'little':
      return [value & 255, value >> 8];
    case 'byte':
      return [value & 255];
    case 'digits':
      return [Math.floor(value / 100) & 255, value % 100];
  }
}

function unpackOne(
  field: LegacyField,
  part: Uint8Array,
  width: LegacyProfile['portWidth'],
): number {
  const [first = 0, second = 0] = part;
  if (field === 'client') return Buffer.from(part).readUInt32BE();
  if (field !== 'port' || width === 'byte') return first;
  switch (width) {
    case 'big':
      return first * 256 + second;
    case 'little':
      return second * 256 + first;
    case 'digits':
      return first * 100 + second;
  }
}

function checksum(
  kind: LegacyProfile['checksum'],
  bytes: readonly number[],
  values: number,
): number {
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  switch (kind) {
    case 'bytes':
      return sum % 256;
    case 'fields':
      return values % 256;
    case 'xor':
      return bytes.reduce((all, byte) => all ^ byte, 0);
    case 'mod255':
      return sum % 255;
  }
}
