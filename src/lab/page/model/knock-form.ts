import type { AddressRule, Carrier, LegacyProfile } from '../../../door/encoded.ts';

/** What somebody filled in: a door, and what its knock is to say. All as it was typed. */
export interface KnockForm {
  readonly kind: KnockKind;
  readonly door: string;
  readonly open: string;
  readonly span: string;
  readonly carrier: Carrier;
  readonly rule: AddressRule;
  /** Whom the knock is for, and where it comes from. */
  readonly client: string;
  /** `2026-01-31 12:00:00`, by UTC. */
  readonly time: string;
  /** Of `sealed`: 64 hexadecimal digits. */
  readonly key: string;
  /** Nothing, a time like `5m`, `close`, or `#2` for the second of what the door offers. */
  readonly terms: string;
  readonly prefix: string;
  readonly salt: string;
  /** Of `legacy`: `client=10.3.2.1, port=3306, checksum`. */
  readonly fields: string;
  readonly passphrase: string;
  readonly cipher: Exclude<LegacyProfile['cipher'], 'none'>;
  /** Eight characters, or nothing for eight NULs. */
  readonly iv: string;
  readonly header: 'yes' | 'no';
  readonly port: LegacyProfile['portWidth'];
  readonly checksum: LegacyProfile['checksum'];
  readonly bits: LegacyProfile['bitOrder'];
  readonly hashed: 'yes' | 'no';
  /** Of codes: base32 or hexadecimal. */
  readonly secret: string;
  readonly ports: string;
  readonly counter: string;
  /** Of a plain sequence: `7000, 8000:udp`. */
  readonly sequence: string;
}

export type KnockKind = 'sealed' | 'legacy' | 'totp' | 'hotp' | 'sequence';

/** Where a form's door stands in the page's files. */
export const DOOR_FILE = '/lab/knockd.conf';
const KEY_FILE = '/lab/keys';

/** Texts by path. */
export type Files = ReadonlyMap<string, string>;

/** The door file that a form describes, and the file of its key. */
export function filesOf(form: KnockForm): Files {
  const lines = [`[${form.door}]`, ...linesOf(form), `open = ${form.open}`];
  const doors = `${lines.join('\n')}\n`;
  const secret = secretOf(form);
  return new Map([[DOOR_FILE, doors], ...(secret === '' ? [] : [[KEY_FILE, secret] as const])]);
}

function linesOf(form: KnockForm): string[] {
  const carried = `carrier = ${form.carrier}`;
  const spanned = [`span = ${form.span}`, carried, `knock_address = ${form.rule}`];
  switch (form.kind) {
    case 'sealed':
      return ['encoded = sealed', ...spanned, `keys = ${KEY_FILE}`];
    case 'legacy':
      return [
        `encoded = legacy(${namesOf(form.fields)})`,
        ...spanned,
        ...(form.passphrase === '' ? [] : [`passphrase = ${KEY_FILE}`]),
        `legacy = ${choicesOf(form)}`,
      ];
    case 'totp':
    case 'hotp':
      return [`sequence = ${form.kind}(${KEY_FILE}, ${form.ports} ports in ${form.span})`, carried];
    case 'sequence':
      return [`sequence = ${form.sequence}`];
  }
}

function secretOf({ kind, key, passphrase, secret }: KnockForm): string {
  switch (kind) {
    case 'sealed':
      return `client ${key}\n`;
    case 'legacy':
      return passphrase;
    case 'totp':
    case 'hotp':
      return `${secret}\n`;
    case 'sequence':
      return '';
  }
}

/** Without what they say. */
function namesOf(fields: string): string {
  return fields
    .split(',')
    .map((field) => field.replace(/=.*/, '').trim())
    .join(', ');
}

function choicesOf({
  passphrase,
  cipher,
  iv,
  header,
  port,
  checksum,
  bits,
  hashed,
}: KnockForm): string {
  return [
    ...(passphrase === '' ? [] : [`cipher=${cipher}`, `header=${header}`, `hashed=${hashed}`]),
    ...(iv === '' ? [] : [`iv=${iv}`]),
    `port=${port}`,
    `checksum=${checksum}`,
    `bits=${bits}`,
  ].join(', ');
}

/** The form as the page begins. */
export function firstForm(key: string, secret: string, time: string): KnockForm {
  return {
    kind: 'sealed',
    door: 'ssh',
    open: 'tcp/22',
    span: '40000-40255',
    carrier: 'tcp',
    rule: 'agree',
    client: '203.0.113.9',
    time,
    key,
    terms: '',
    prefix: '',
    salt: '',
    fields: 'client=203.0.113.9, port=22, flag0=0, checksum',
    passphrase: 'password',
    cipher: 'blowfish',
    iv: '',
    header: 'no',
    port: 'big',
    checksum: 'bytes',
    bits: 'msb',
    hashed: 'yes',
    secret,
    ports: '4',
    counter: '0',
    sequence: '7000, 8000:udp, 9000',
  };
}
