import type { AddressRanges } from '../tuple/address-ranges.ts';
import { RangeBuilder } from '../tuple/address-ranges.ts';
import type { Network } from '../tuple/network.ts';
import { formatAddress } from '../tuple/address.ts';
import type { ListOptions } from './configuration.ts';
import { ConfigError, wholeFile } from './config-error.ts';
import { distrustOfFiles } from './file-trust.ts';
import { MOST_PREFIXES, readPrefixList, type Untouchable } from './prefix-list.ts';
import { readBytes } from './read-file.ts';

/** What the `allow` and `block` directives and their files come to. */
export interface AddressLists {
  readonly allow: AddressRanges;
  readonly block: AddressRanges;
  /** Files and directives with how many prefixes each has, in the order of the configuration. */
  readonly sources: readonly ListSource[];
  /** What is wrong: such a file counts as it was when it was right, or else not at all. */
  readonly problems: readonly ConfigError[];
}

export interface ListSource {
  readonly list: 'allow' | 'block';
  /** A path, or the name of the directive. */
  readonly from: string;
  readonly prefixes: number;
}

interface GoodFile {
  readonly ranges: AddressRanges;
  readonly prefixes: number;
}

/** Reads lists, and remembers what each file was when it was last right: a broken one changes nothing. */
export class ListReader {
  readonly #good = new Map<string, GoodFile>();

  /** `untouchable`: networks that `block` must not touch. */
  read(file: string, options: ListOptions, untouchable: readonly Untouchable[]): AddressLists {
    const problems: ConfigError[] = [];
    const sources: ListSource[] = [];
    const build = (list: 'allow' | 'block'): AddressRanges => {
      const [networks, paths] =
        list === 'allow'
          ? [options.allow, options.allowFiles]
          : [options.block, options.blockFiles];
      const forbidden = list === 'block' ? [...untouchable, ...neverBlocked(options)] : [];
      const all = new RangeBuilder();
      // The directive's own networks are read like a file's, so that they meet the same rules.
      const text = Buffer.from(networks.map(textOf).join('\n'));
      const { prefixes, problems: own } = readPrefixList(text, file, forbidden, all);
      problems.push(...own.map((problem) => asDirective(problem, list, file)));
      if (networks.length > 0) sources.push({ list, from: list, prefixes });
      let total = prefixes;
      for (const path of paths) {
        const good = this.#read(`${list} ${path}`, path, forbidden, problems, options);
        if (good === undefined) continue;
        total += good.prefixes;
        if (total > MOST_PREFIXES) {
          problems.push(tooMany(list, path));
          continue;
        }
        sources.push({ list, from: path, prefixes: good.prefixes });
        all.addAll(good.ranges);
      }
      return all.build({ isApart: list === 'block' && options.hasCounters });
    };
    return { allow: build('allow'), block: build('block'), sources, problems };
  }

  #read(
    name: string,
    path: string,
    forbidden: readonly Untouchable[],
    problems: ConfigError[],
    { hasCounters: isApart }: ListOptions,
  ): GoodFile | undefined {
    const bytes = readBytes(path);
    const found = bytes instanceof ConfigError ? [bytes] : distrustOfFiles([path]);
    const builder = new RangeBuilder();
    let prefixes = 0;
    if (!(bytes instanceof ConfigError)) {
      const list = readPrefixList(bytes, path, forbidden, builder);
      found.push(...list.problems);
      prefixes = list.prefixes;
    }
    problems.push(...found);
    if (found.some(({ severity }) => severity === 'error')) return this.#good.get(name);
    const good = { ranges: builder.build({ isApart }), prefixes };
    this.#good.set(name, good);
    return good;
  }
}

function tooMany(list: string, file: string): ConfigError {
  const place = wholeFile(file);
  const text = `with this file, ${list} has more than ${MOST_PREFIXES} prefixes`;
  return new ConfigError(text, { severity: 'error', code: 'CONFIG_LIST', place });
}

function neverBlocked({ neverBlock }: ListOptions): Untouchable[] {
  return neverBlock.map((network) => {
    return { network, what: `${textOf(network)}, which never_block names`, severity: 'error' };
  });
}

export function textOf({ address, prefix }: Network): string {
  return `${formatAddress(address)}/${prefix}`;
}

function asDirective(problem: ConfigError, list: string, file: string): ConfigError {
  const place = wholeFile(file);
  const { severity, code } = problem;
  return new ConfigError(`${list}: ${problem.message}`, { severity, code, place });
}
