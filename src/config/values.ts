import { onePortsText } from '../door/ports-text.ts';
import type { Forward, OpenPorts } from '../door/door.ts';
import { parseAddress } from '../tuple/address.ts';
import { parseNetwork, type Network } from '../tuple/network.ts';
import type { Fragment } from './lexer.ts';
import { parsePacketSource, SOURCE_FORMS, type PacketSource } from './packet-source.ts';
import type { Report } from './report.ts';

/** Turns a value into what it means, or reports why it means nothing. */
export type Parse<T> = (value: Fragment, report: Report) => T | undefined;

/** One of a few words, in any case. */
export function word<const Words extends readonly string[]>(...words: Words): Parse<Words[number]> {
  return (value, report) =>
    words.find((one) => one === value.text.toLowerCase()) ??
    report.error(value, 'CONFIG_INVALID_VALUE', `"${value.text}" is none of ${words.join(', ')}`);
}

/** `yes` or `no`. */
export const yesNo: Parse<boolean> = (value, report) => {
  const answer = word('yes', 'no')(value, report);
  return answer === undefined ? undefined : answer === 'yes';
};

/** A whole number, written in digits alone. */
export function wholeNumber(lowest: number, highest: number): Parse<number> {
  return (value, report) => {
    if (!/^\d{1,15}$/.test(value.text)) {
      const message = `"${value.text}" is not a whole number`;
      return report.error(value, 'CONFIG_INVALID_NUMBER', message, {
        hint: `from ${lowest} to ${highest}`,
      });
    }
    return inRange(value, Number(value.text), lowest, highest, report);
  };
}

/** A whole number, or `auto`. */
export function wholeNumberOrAuto(lowest: number, highest: number): Parse<number | 'auto'> {
  return (value, report) =>
    value.text.toLowerCase() === 'auto' ? 'auto' : wholeNumber(lowest, highest)(value, report);
}

/** Bits of a packet's mark, at least one: `0x10000000`, or a number. */
export const markBits: Parse<number> = (value, report) => {
  if (!/^0x[\da-f]{1,8}$/i.test(value.text)) return wholeNumber(1, 0xffff_ffff)(value, report);
  const bits = Number.parseInt(value.text, 16);
  return bits > 0 ? bits : report.error(value, 'CONFIG_OUT_OF_RANGE', 'a mark of no bits');
};

/** As `wholeNumber`, and a power of two. */
export function powerOfTwo(lowest: number, highest: number): Parse<number> {
  return (value, report) => {
    const number = wholeNumber(lowest, highest)(value, report);
    if (number === undefined || Math.log2(number) % 1 === 0) return number;
    const nearest = 2 ** Math.round(Math.log2(number));
    return report.error(value, 'CONFIG_OUT_OF_RANGE', `${number} is not a power of two`, {
      hint: `nearest: ${nearest}`,
    });
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of `90`, `90s`, `10m`, `2h`, `7d` or `500ms`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit = 's'] = /^(\d{1,12})\s*(ms|s|m|h|d)?$/.exec(text.toLowerCase()) ?? [];
  if (digits === undefined) return undefined;
  return unit === 'ms' ? Number(digits) / 1000 : Number(digits) * UNITS[unit]!;
}

/** As `parseDuration`, within bounds. */
export function duration(lowest: number, highest: number, zero?: 'or zero'): Parse<number> {
  return (value, report) => {
    const seconds = parseDuration(value.text);
    if (seconds === undefined) {
      const message = `"${value.text}" is not a duration`;
      const hint = 'like 90, 90s, 10m or 2h';
      return report.error(value, 'CONFIG_INVALID_NUMBER', message, { hint });
    }
    if (zero !== undefined && seconds === 0) return 0;
    if (seconds >= lowest && seconds <= highest) return seconds;
    const limits = `between ${durationText(lowest)} and ${durationText(highest)}`;
    return report.error(value, 'CONFIG_OUT_OF_RANGE', `${value.text} is not ${limits}`);
  };
}

/** A duration as people write it. */
export function durationText(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)}ms`;
  for (const unit of ['d', 'h', 'm']) {
    if (seconds % UNITS[unit]! === 0) return `${seconds / UNITS[unit]!}${unit}`;
  }
  return `${seconds}s`;
}

/** A path from the root on; others would mean another file after the daemon has changed its folder. */
export const absolutePath: Parse<string> = (value, report) => {
  if (value.text.startsWith('/')) return value.text;
  return report.error(value, 'CONFIG_INVALID_VALUE', `"${value.text}" is not an absolute path`);
};

/** The name of an account; root's would change nothing. */
export const account: Parse<string> = (value, report) => {
  if (value.text === 'root') {
    const hint = 'leave user out: the daemon stays root';
    return report.error(value, 'CONFIG_INVALID_VALUE', 'root is who has all rights', { hint });
  }
  if (/^[\w.][\w.-]*\$?$/.test(value.text)) return value.text;
  return report.error(value, 'CONFIG_INVALID_VALUE', `"${value.text}" can't be an account's name`);
};

/** An absolute path, or `none`. */
export const pathOrNone: Parse<string> = (value, report) =>
  value.text.toLowerCase() === 'none' ? 'none' : absolutePath(value, report);

/** Where packets are heard of. */
export const packetSource: Parse<PacketSource> = (value, report) => {
  const message = `"${value.text}" is no source of packets`;
  return (
    parsePacketSource(value.text) ??
    report.error(value, 'CONFIG_INVALID_VALUE', message, { hint: SOURCE_FORMS })
  );
};

/** An expression whose groups say at least who knocked, and where. */
export const logPattern: Parse<string> = (value, report) => {
  const names = groupsOf(value.text);
  if (names === undefined) {
    return report.error(value, 'CONFIG_INVALID_VALUE', `${value.text} is no regular expression`);
  }
  const missing = ['source', 'port'].find((name) => !names.includes(name));
  if (missing === undefined) return value.text;
  return report.error(value, 'CONFIG_INVALID_VALUE', `no group is called ${missing}`, {
    hint: `like (?<${missing}>...)`,
  });
};

/** The names of an expression's groups; undefined: it is none. Beside an empty alternative it matches the empty text. */
function groupsOf(pattern: string): readonly string[] | undefined {
  try {
    return Object.keys(new RegExp(`${pattern}|`, 'u').exec('')?.groups ?? {});
  } catch {
    return undefined;
  }
}

/** Anything at all, as it stands. */
export const text: Parse<string> = (value) => value.text;

/** `any`, or the id of a VLAN. */
export const vlan: Parse<number | 'any'> = (value, report) => {
  const name = value.text.toLowerCase();
  if (name === 'any') return 'any';
  return name === 'untagged' ? 0 : wholeNumber(1, 4094)(value, report);
};

/** `tcp/22, udp/60000-61000` */
export const openPorts: Parse<readonly OpenPorts[]> = (value, report) => {
  const ports = items(value).map((item) => openPort(item, report));
  if (ports.includes(undefined)) return undefined;
  const known = ports as OpenPorts[];
  for (const [at, one] of known.entries()) {
    const other = known.slice(0, at).find((before) => overlap(before, one));
    if (other === undefined) continue;
    const message = `${onePortsText(one)} is opened twice`;
    return report.error(items(value)[at]!, 'CONFIG_INVALID_VALUE', message);
  }
  return known;
};

/** `192.0.2.0/24, 2001:db8::/32`; a lone address is a network of one. */
export const networks: Parse<readonly Network[]> = (value, report) => {
  const found = items(value).map((item) => network(item, report));
  return found.includes(undefined) ? undefined : (found as Network[]);
};

/** Names that an interface can have. */
export const interfaces: Parse<readonly string[]> = (value, report) => {
  const names = items(value);
  for (const name of names) {
    if (!isInterfaceName(name.text)) {
      const message = `"${name.text}" can't be the name of an interface`;
      return report.error(name, 'CONFIG_INVALID_VALUE', message, { hint: INTERFACE_RULE });
    }
  }
  return names.map((name) => name.text);
};

export const INTERFACE_RULE = 'up to 15 bytes without blanks, "/" and ":"';

/** What the kernel takes (dev_valid_name). */
export function isInterfaceName(name: string): boolean {
  return /^[^\s/:]+$/.test(name) && name !== '.' && name !== '..' && Buffer.byteLength(name) <= 15;
}

/** The pieces between commas, trimmed. */
export function items(value: Fragment): Fragment[] {
  let column = value.column;
  return value.text.split(',').map((raw) => {
    const blanks = raw.length - raw.trimStart().length;
    const item = { text: raw.trim(), line: value.line, column: column + blanks };
    column += raw.length + 1;
    return item;
  });
}

function inRange(
  value: Fragment,
  number: number,
  lowest: number,
  highest: number,
  report: Report,
): number | undefined {
  if (number >= lowest && number <= highest) return number;
  const message = `${value.text} is not between ${lowest} and ${highest}`;
  return report.error(value, 'CONFIG_OUT_OF_RANGE', message);
}

function openPort(item: Fragment, report: Report): OpenPorts | undefined {
  const [, protocol, from, to = from, onwards] =
    /^(tcp|udp)\/(\d{1,6})(?:-(\d{1,6}))?(?:\s*->\s*(.*))?$/i.exec(item.text) ?? [];
  if (protocol === undefined) {
    const message = `"${item.text}" is not protocol/port`;
    return report.error(item, 'CONFIG_INVALID_VALUE', message, {
      hint: 'like tcp/22, udp/60000-61000 or tcp/2222 -> 10.0.0.5:22',
    });
  }
  const [low, high] = [Number(from), Number(to)];
  const wrong = [low, high].find((port) => port < 1 || port > 65_535);
  if (wrong !== undefined) {
    const message = `port ${wrong} is not between 1 and 65535`;
    return report.error(item, 'CONFIG_INVALID_PORT', message);
  }
  if (low > high) {
    const message = `the range ${low}-${high} runs backwards`;
    return report.error(item, 'CONFIG_INVALID_PORT', message, { hint: `${high}-${low}` });
  }
  const ports = { protocol: protocol.toLowerCase() as 'tcp' | 'udp', from: low, to: high };
  if (onwards === undefined) return ports;
  if (low < high) {
    return report.error(item, 'CONFIG_INVALID_PORT', 'only a single port can be sent on');
  }
  const forward = parseForward(onwards);
  if (forward !== undefined) return { ...ports, forward };
  const message = `"${onwards}" is not address:port`;
  return report.error(item, 'CONFIG_INVALID_VALUE', message, {
    hint: 'like 10.0.0.5:22 or [fd00::5]:22',
  });
}

function parseForward(text: string): Forward | undefined {
  const [, six, four, digits] = /^(?:\[([^\]]*)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseAddress(six ?? four ?? '');
  const port = Number(digits);
  if (address === undefined || address.family !== (six === undefined ? 4 : 6)) return undefined;
  return port >= 1 && port <= 65_535 ? { address, port } : undefined;
}

/** One port may go to two machines, one for each family. */
function overlap(a: OpenPorts, b: OpenPorts): boolean {
  const families = [a, b].map(({ forward }) => forward?.address.family);
  if (families[0] !== undefined && families[1] !== undefined && families[0] !== families[1]) {
    return false;
  }
  return a.protocol === b.protocol && a.from <= b.to && b.from <= a.to;
}

function network(item: Fragment, report: Report): Network | undefined {
  const found = parseNetwork(item.text);
  if (!('fault' in found)) return found;
  const code = found.kind === 'prefix' ? 'CONFIG_OUT_OF_RANGE' : 'CONFIG_INVALID_VALUE';
  const hint = found.kind === 'form' ? 'like 192.0.2.0/24 or 2001:db8::/32' : undefined;
  return report.error(item, code, found.fault, { hint });
}
