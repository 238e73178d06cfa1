import { formatAddress, maskAddress, parseAddress } from '../tuple/address.ts';
import type { RangeBuilder } from '../tuple/address-ranges.ts';
import { wordsOf } from '../tuple/address-ranges.ts';
import { longestPrefix, type Network } from '../tuple/network.ts';
import { ConfigError } from './config-error.ts';

/** No line of a list is so long: the rest of one that is must not fill the memory or a message. */
const LONGEST_LINE = 512;
/** And nobody reads more about one file. */
const MOST_PROBLEMS = 20;
/** Prefixes in one list, whatever files they come from; a table of so many takes the kernel some seconds. */
export const MOST_PREFIXES: number = 1 << 20;

/** A network that no list may touch. */
export interface Untouchable {
  readonly network: Network;
  /** What it is, as in `192.0.2.1, an address of this host`. */
  readonly what: string;
  readonly severity: 'error' | 'warning';
}

export interface PrefixList {
  /** Lines that name somebody. */
  readonly prefixes: number;
  readonly problems: readonly ConfigError[];
}

/**
 * Reads a list of addresses and networks into `into`: one a line, as `192.0.2.7`, `2001:db8::/32` or
 * `192.0.2.0-192.0.2.99`; what follows a `#`, a `;` or a `//` is a remark. Whatever is wrong is told with
 * its place, and then the list is not to be used.
 */
export function readPrefixList(
  bytes: Uint8Array,
  file: string,
  untouchable: readonly Untouchable[],
  into: RangeBuilder,
): PrefixList {
  const lines = new Lines(file, untouchable, into);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  let number = 1;
  for (let from = 0; from < text.length && !lines.isFull; number++) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    lines.read(text.slice(from, Math.min(to, from + LONGEST_LINE + 1)), number);
    from = to + 1;
  }
  return { prefixes: lines.prefixes, problems: lines.problems };
}

/** `10.0.0.0/8` as words of its first and last address; `why`: what is wrong with it. */
function readPrefix(text: string): Range | { readonly why: string } {
  const [, a, b, c, d, length] = PLAIN.exec(text) ?? [];
  if (a !== undefined) {
    const bytes = [Number(a), Number(b), Number(c), Number(d)] as const;
    const prefix = length === undefined ? 32 : Number(length);
    if (bytes.every((byte) => byte < 256) && prefix <= 32) {
      const address = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
      const host = prefix === 0 ? 0xffff_ffff : prefix === 32 ? 0 : 0xffff_ffff >>> prefix;
      const first = (address & ~host) >>> 0;
      return { family: 4, words: [first, (first | host) >>> 0], isRough: first !== address };
    }
  }
  return text.includes('-') ? readSpan(text) : readNetwork(text);
}

/** Dotted, without leading zeros: all but a few lines of a list. */
const PLAIN =
  /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})(?:\/(\d{1,2}))?$/;

interface Range {
  readonly family: 4 | 6;
  readonly words: readonly number[];
  /** Bits behind the prefix are set, as in `10.0.0.1/8`. */
  readonly isRough: boolean;
}

class Lines {
  readonly problems: ConfigError[] = [];
  prefixes = 0;
  isFull = false;
  readonly #file: string;
  readonly #into: RangeBuilder;
  readonly #untouchable: readonly { family: 4 | 6; words: readonly number[]; of: Untouchable }[];

  constructor(file: string, untouchable: readonly Untouchable[], into: RangeBuilder) {
    this.#file = file;
    this.#into = into;
    this.#untouchable = untouchable.map((of) => {
      return { family: of.network.address.family, words: wordsOf(of.network), of };
    });
  }

  read(line: string, number: number): void {
    if (line.length > LONGEST_LINE) {
      return this.#tell(line, number, 'error', `a line of more than ${LONGEST_LINE} bytes`);
    }
    const remark = line.search(/[#;]|\/\//);
    const text = (remark < 0 ? line : line.slice(0, remark)).trim();
    if (text === '') return;
    const range = readPrefix(text);
    if ('why' in range) return this.#tell(line, number, 'error', range.why);
    const { family, words, isRough } = range;
    if (isRough) this.#tell(line, number, 'warning', roughText(text));
    if (isEverybody(range)) {
      return this.#tell(line, number, 'error', `${text} is everybody: no list can be meant so`);
    }
    const covered = this.#untouchable.filter((each) => overlaps(each, range));
    const worst = covered.find(({ of }) => of.severity === 'error') ?? covered[0];
    if (worst !== undefined) {
      this.#tell(line, number, worst.of.severity, `${text} covers ${worst.of.what}`);
      if (worst.of.severity === 'error') return;
    }
    if (++this.prefixes > MOST_PREFIXES) {
      this.isFull = true;
      return this.#tell(line, number, 'error', `more than ${MOST_PREFIXES} prefixes`);
    }
    if (family === 4) this.#into.add4(words[0]!, words[1]!);
    else this.#into.add6(words);
  }

  #tell(line: string, number: number, severity: 'error' | 'warning', message: string): void {
    const told = this.problems.filter((each) => each.severity === severity).length;
    if (told > MOST_PROBLEMS) return;
    const isLast = told === MOST_PROBLEMS;
    const lineText = line.slice(0, LONGEST_LINE).trimEnd();
    const column = line.length - line.trimStart().length + 1;
    const length = Math.max(1, lineText.length - column + 1);
    const place = { file: this.#file, line: number, column, length, lineText };
    const text = isLast ? `more than ${MOST_PROBLEMS} ${severity}s; the rest is left out` : message;
    this.problems.push(new ConfigError(text, { severity, code: 'CONFIG_LIST', place }));
    this.isFull ||= isLast && severity === 'error';
  }
}

/** `192.0.2.0-192.0.2.99`, with or without blanks. */
function readSpan(text: string): Range | { readonly why: string } {
  const [from = '', to = '', ...more] = text.split('-').map((part) => part.trim());
  const [first, last] = [parseAddress(from), parseAddress(to)];
  if (first === undefined || last === undefined || more.length > 0) return notOne(text);
  if (first.family !== last.family) return { why: `${text} begins and ends in two families` };
  const used = first.family === 4 ? 3 : 0;
  const words = [...first.words.slice(used), ...last.words.slice(used)];
  if (isBackwards(words)) return { why: `${text} runs backwards` };
  return { family: first.family, words, isRough: false };
}

function readNetwork(text: string): Range | { readonly why: string } {
  const [, host, length] = /^([^/\s]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = host === undefined ? undefined : parseAddress(host);
  if (address === undefined) return notOne(text);
  const { family, words } = address;
  const longest = longestPrefix(family);
  const prefix = length === undefined ? longest : Number(length);
  if (prefix > longest)
    return { why: `/${prefix} is longer than /${longest}, the most of IPv${family}` };
  if (family === 6 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff) {
    return { why: `${text} is IPv4 in the form of IPv6, which no packet wears: write it as IPv4` };
  }
  const masked = maskAddress(address, prefix);
  const isRough = formatAddress(masked) !== formatAddress(address);
  return { family, words: wordsOf({ address: masked, prefix }), isRough };
}

function roughText(text: string): string {
  return `${text} has bits set behind its prefix: taken as the network that it lies in`;
}

function notOne(text: string): { readonly why: string } {
  return { why: `"${text.slice(0, 80)}" is neither an address nor a network` };
}

function isEverybody({ words }: Range): boolean {
  const half = words.length / 2;
  return words.every((word, at) => word === (at < half ? 0 : 0xffff_ffff));
}

function isBackwards(words: readonly number[]): boolean {
  const half = words.length / 2;
  return compare(words, 0, words, half, half) > 0;
}

function overlaps(a: Pick<Range, 'family' | 'words'>, b: Range): boolean {
  if (a.family !== b.family) return false;
  const half = a.words.length / 2;
  return (
    compare(a.words, 0, b.words, half, half) <= 0 && compare(b.words, 0, a.words, half, half) <= 0
  );
}

function compare(
  a: readonly number[],
  fromA: number,
  b: readonly number[],
  fromB: number,
  count: number,
): number {
  for (let at = 0; at < count; at++) {
    const difference = a[fromA + at]! - b[fromB + at]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
