import type { LegacyField } from '../../door/encoded.ts';
import { parseAddress } from '../../tuple/address.ts';
import { isLegacyField, type LegacyValues } from './legacy-fields.ts';

/** Fields of a legacy knock in their order, and what each says. */
export interface SaidFields {
  readonly fields: readonly LegacyField[];
  readonly values: LegacyValues;
}

/**
 * Reads `client=10.3.2.1, port=3306, flag0=5, checksum`; what is wrong with it is a text. Fields in `later`
 * may be without a value.
 */
export function saidFields(text: string, later: readonly LegacyField[] = []): SaidFields | string {
  const values: LegacyValues = {};
  const fields: LegacyField[] = [];
  for (const item of text.split(',')) {
    const [, name = '', value] = /^\s*(\w+)\s*(?:=\s*(\S+))?\s*$/.exec(item.toLowerCase()) ?? [];
    if (!isLegacyField(name)) return `"${item}" is no field`;
    fields.push(name);
    if (name === 'checksum' || (value === undefined && later.includes(name))) continue;
    const number = name === 'client' ? parseAddress(value ?? '')?.words[3] : Number(value);
    if (number === undefined || !Number.isInteger(number)) {
      return `what was ${name}? Write ${name}=...`;
    }
    values[name] = number;
  }
  return { fields, values };
}
