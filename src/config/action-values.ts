import type { Wake } from '../door/action.ts';
import { parseAddress } from '../tuple/address.ts';
import { DAY, type Directive } from './directive.ts';
import type { Fragment } from './lexer.ts';
import { duration, items, type Parse } from './values.ts';

/** `ssh, web`: names of doors or actions, each with its place. */
export const names: Parse<readonly Fragment[]> = (value, report) => {
  const found = items(value);
  if (found.every(({ text }) => text !== '')) return found;
  return report.error(value, 'CONFIG_INVALID_VALUE', 'a name is missing');
};

/** `["/usr/bin/x", "%IP%"]`: a program by its whole path, and its arguments. */
export const argumentVector: Parse<readonly [string, ...string[]]> = (value, report) => {
  const [program, ...rest] = textsOf(value.text);
  const hint = 'like ["/usr/bin/logger", "knocked", "%IP%"]';
  if (program === undefined) {
    return report.error(value, 'CONFIG_ACTION', 'not a list of texts in quotes', { hint });
  }
  if (!program.startsWith('/')) {
    const message = `"${program}" is not an absolute path`;
    return report.error(value, 'CONFIG_ACTION', message, { hint });
  }
  if (![program, ...rest].some((text) => text.includes('\0'))) return [program, ...rest];
  return report.error(value, 'CONFIG_ACTION', 'a NUL ends every argument');
};

/** `00:11:22:33:44:55 via 192.0.2.255` */
export const wakeCall: Parse<Wake> = (value, report) => {
  const [, mac, to = '255.255.255.255'] = CALL.exec(value.text) ?? [];
  if (mac !== undefined && parseAddress(to)?.family === 4) {
    return { kind: 'wake', mac: mac.toLowerCase().replaceAll('-', ':'), to };
  }
  const message = `"${value.text}" is no hardware address`;
  return report.error(value, 'CONFIG_ACTION', message, {
    hint: 'like 00:11:22:33:44:55, or 00:11:22:33:44:55 via 192.0.2.255',
  });
};

const CALL = /^((?:[\da-f]{2}[:-]){5}[\da-f]{2})(?:\s+via\s+(\S+))?$/i;

/** A held grant is one of so many seconds that is renewed while the daemon lives. */
const LEASE_SECONDS = 300;

interface OpenForDraft {
  openForSeconds?: number;
  holds?: true;
}

/** A duration, or `until closed`. */
export const openFor: Directive<OpenForDraft>['read'] = (draft, value, report) => {
  delete draft.holds;
  if (/^until\s+closed$/i.test(value.text)) {
    draft.holds = true;
    draft.openForSeconds = LEASE_SECONDS;
    return;
  }
  const seconds = duration(0.01, 7 * DAY)(value, report);
  if (seconds !== undefined) draft.openForSeconds = seconds;
};

function textsOf(json: string): string[] {
  try {
    const list: unknown = JSON.parse(json);
    const isTexts = Array.isArray(list) && list.every((each) => typeof each === 'string');
    return isTexts ? (list as string[]) : [];
  } catch {
    return [];
  }
}
