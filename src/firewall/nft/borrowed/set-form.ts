import type { SetPlace } from '../../../door/door.ts';
import { KEY_TYPES } from '../print.ts';
import { KEY, type Key } from '../table.ts';

/** What a set of somebody else is like. */
export interface SetForm {
  /** Never given twice: a set that was made again has another. */
  readonly handle: string;
  /** Undefined: it is none that we know. */
  readonly key: Key | undefined;
  readonly traits: ReadonlySet<string>;
}

/** From a line by native/sys/ruleset.h. */
export function readForm(line: string): SetForm {
  const [handle, key, ...traits] = line.split(' ');
  const known = KEYS.find((each) => String(each) === key);
  return { handle: handle!, key: known, traits: new Set(traits) };
}

/** Keys by which grants can lie in a set, the plainest first. */
export const KEYS_FOR: Readonly<Record<4 | 6, readonly [Key, Key, Key]>> = {
  4: [KEY.address4, KEY.address4Port, KEY.address4ProtocolPort],
  6: [KEY.address6, KEY.address6Port, KEY.address6ProtocolPort],
};

const KEYS = Object.values(KEY);

export function setText({ table, name }: SetPlace): string {
  return `${table} ${name}`;
}

/** Whether a key tells ports apart. */
export function hasPort(key: Key): boolean {
  return key !== KEY.address4 && key !== KEY.address6;
}

export function hasProtocol(key: Key): boolean {
  return key === KEY.address4ProtocolPort || key === KEY.address6ProtocolPort;
}

/** Why grants to sources of a family can't go into a set, and what to do about it; undefined: they can. */
export function misfitOf(
  form: SetForm | undefined,
  place: SetPlace,
  family: 4 | 6,
): string | undefined {
  const types = KEYS_FOR[family].map((key) => KEY_TYPES[key]);
  const add = `nft add set ${setText(place)} '{ type ${types[0]!}; flags timeout; }'`;
  if (form === undefined) return `it is not there: ${add}`;
  const { key, traits } = form;
  if (traits.has('map')) return `it is a map: make it a set, as in ${add}`;
  const isKnown = key !== undefined && types.includes(KEY_TYPES[key]);
  if (!isKnown) return `its type is none of ${types.join(', ')}: make it anew, as in ${add}`;
  if (!traits.has('timeout')) return `its elements have no end: make it anew, as in ${add}`;
  if (traits.has('interval')) return 'it holds ranges of addresses: make it without flags interval';
  if (traits.has('constant')) return 'it is constant: make it without flags constant';
  return undefined;
}
