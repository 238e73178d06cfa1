import { isLegacyField } from '../codec/legacy/legacy-fields.ts';
import type { LegacyField, LegacyProfile, PortRange } from '../door/encoded.ts';
import type { EncodedForm, OneTimeCode } from './drafts.ts';
import type { Fragment } from './lexer.ts';
import type { Report } from './report.ts';
import { PORT_CLASSES } from '../door/port-classes.ts';
import { items, word, type Parse } from './values.ts';

/** `sealed`, or `legacy(client, port, flag0, checksum)`. */
export const encodedForm: Parse<EncodedForm> = (value, report) => {
  if (value.text.toLowerCase() === 'sealed') return { kind: 'sealed' };
  const [, list] = /^(?:legacy|fields)\s*\((.*)\)$/i.exec(value.text) ?? [];
  if (list === undefined) {
    const message = `"${value.text}" is neither sealed nor legacy(field, ...)`;
    return report.error(value, 'CONFIG_ENCODED', message);
  }
  const fields = list.split(',').map((name) => name.trim().toLowerCase());
  const wrong = fields.find((name) => !isLegacyField(name));
  if (wrong === undefined) return { kind: 'legacy', fields: fields as LegacyField[] };
  const hint = 'known are client, port, time, mask, checksum, flags, flag0, flag1, ...';
  return report.error(value, 'CONFIG_ENCODED', `"${wrong}" is no field`, { hint });
};

/** `totp(/etc/postern/ssh.secret, 4 ports in 20000-59999)` */
export const oneTimeCode: Parse<OneTimeCode> = (value, report) => {
  const [, kind, file, ports, where] = CODE.exec(value.text) ?? [];
  if (kind === undefined || file === undefined) {
    const hint = 'like totp(/etc/postern/ssh.secret, 4 ports in 20000-59999)';
    return report.error(value, 'CONFIG_ENCODED', `"${value.text}" is no code`, { hint });
  }
  const range = rangeOf({ ...value, text: where! }, report);
  if (range === undefined) return undefined;
  const count = Number(ports);
  const eachHas = Math.floor((range.to - range.from + 1) / count);
  if (count >= 2 && count <= 16 && eachHas ** count >= LEAST_CODES) {
    return { kind: kind.toLowerCase() as 'totp' | 'hotp', secretFile: file, ports: count, range };
  }
  const message = `${ports} ports in ${where} are too easy to guess`;
  return report.error(value, 'CONFIG_ENCODED', message, {
    hint: '2 to 16 ports, and a million million codes at least: 4 ports in 4,000 have so many',
  });
};

const CODE =
  /^([th]otp)\s*\(\s*([^,]+?)\s*,\s*(\d{1,2})\s+ports\s+in\s+([\w-]+|\d+\s*-\s*\d+)\s*\)$/i;
const LEAST_CODES = 1e12;

/** `40000-40255, 50000`, or `dynamic`: none of them twice. */
export const portRanges: Parse<readonly PortRange[]> = (value, report) => {
  const ranges = items(value).map((item) => rangeOf(item, report));
  if (ranges.includes(undefined)) return undefined;
  const known = ranges as PortRange[];
  const twice = known.findIndex((one, at) =>
    known.slice(0, at).some((other) => one.from <= other.to && other.from <= one.to),
  );
  if (twice < 0) return known;
  const at = items(value)[twice]!;
  return report.error(at, 'CONFIG_INVALID_PORT', `${at.text} lies in the span twice`);
};

function rangeOf(item: Fragment, report: Report): PortRange | undefined {
  const name = item.text.toLowerCase();
  if (Object.hasOwn(PORT_CLASSES, name)) return PORT_CLASSES[name];
  const [, low, high = low] = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(item.text) ?? [];
  const [from, to] = [Number(low), Number(high)];
  if (low !== undefined && from >= 1 && to <= 65_535 && from <= to) return { from, to };
  const message = `"${item.text}" is no range of ports from 1 to 65535`;
  return report.error(item, 'CONFIG_INVALID_PORT', message, {
    hint: `like 40000-40255, or ${Object.keys(PORT_CLASSES).join(', ')}`,
  });
}

/** `cipher=blowfish, iv=36574210`: a profile but for its fields. */
export const legacyChoices: Parse<Partial<LegacyProfile>> = (value, report) => {
  let choices: Partial<LegacyProfile> = {};
  for (const item of items(value)) {
    const [, name = '', chosen = ''] = /^(\w+)\s*=\s*(.*)$/.exec(item.text) ?? [];
    const read = LEGACY[name.toLowerCase()];
    if (read === undefined) {
      const hint = `known are ${Object.keys(LEGACY).join(', ')}`;
      return report.error(item, 'CONFIG_ENCODED', `"${item.text}" is no choice`, { hint });
    }
    const choice = read({ ...item, text: chosen }, report);
    if (choice === undefined) return undefined;
    choices = { ...choices, ...choice };
  }
  return choices;
};

const LEGACY: Readonly<Record<string, Parse<Partial<LegacyProfile>>>> = {
  cipher: chooses('cipher', word('none', 'blowfish', 'rijndael', 'des')),
  iv: (value, report) =>
    Buffer.byteLength(value.text, 'latin1') === 8
      ? { iv: value.text }
      : report.error(value, 'CONFIG_ENCODED', `an iv has 8 bytes, not "${value.text}"`),
  header: flag('hasHeader'),
  port: chooses('portWidth', word('big', 'little', 'byte', 'digits')),
  checksum: chooses('checksum', word('bytes', 'fields', 'xor', 'mod255')),
  bits: chooses('bitOrder', word('msb', 'lsb', 'integer')),
  hashed: flag('isKeyHashed'),
};

function chooses<Field extends keyof LegacyProfile>(
  field: Field,
  parse: Parse<LegacyProfile[Field]>,
): Parse<Partial<LegacyProfile>> {
  return (value, report) => {
    const chosen = parse(value, report);
    return chosen === undefined ? undefined : { [field]: chosen };
  };
}

function flag(field: 'hasHeader' | 'isKeyHashed'): Parse<Partial<LegacyProfile>> {
  return (value, report) => {
    const answer = word('yes', 'no')(value, report);
    return answer === undefined ? undefined : { [field]: answer === 'yes' };
  };
}
