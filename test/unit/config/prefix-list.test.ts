import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ListReader } from '../../../src/config/address-lists.ts';
import type { ListOptions } from '../../../src/config/configuration.ts';
import { readPrefixList, type Untouchable } from '../../../src/config/prefix-list.ts';
import { rangeTexts } from '../../../src/firewall/nft/address-range.ts';
import { RangeBuilder, type AddressRanges } from '../../../src/tuple/address-ranges.ts';
import { NO_LISTS } from '../../support/lists.ts';
import { networkOf } from '../../support/network.ts';

const OWN: readonly Untouchable[] = [
  { network: networkOf('192.0.2.1'), what: 'ourselves', severity: 'error' },
  { network: networkOf('192.0.2.254'), what: 'the default gateway', severity: 'warning' },
];

const textsOf = ({ ipv4, ipv6 }: AddressRanges): string[] => [
  ...rangeTexts(ipv4, 4),
  ...rangeTexts(ipv6, 6),
];

function read(text: string): { ranges: string[]; problems: string[]; prefixes: number } {
  const into = new RangeBuilder();
  const { prefixes, problems } = readPrefixList(Buffer.from(text), 'list', OWN, into);
  return {
    prefixes,
    ranges: textsOf(into.build()),
    problems: problems.map(({ line, column, severity, message }) => {
      return `${line}:${column} ${severity}: ${message}`;
    }),
  };
}

describe('a list of prefixes', () => {
  it('may be written in the forms of public lists', () => {
    const text = [
      '; Spamhaus',
      '1.10.16.0/20 ; SBL256894',
      '# FireHOL',
      '  5.134.128.0/19   # with a remark\r',
      '',
      '2001:db8::/32 // and so',
      '198.51.100.7',
      '203.0.113.0-203.0.113.9',
      '203.0.113.10 - 203.0.113.15',
      '2001:db8:1::1',
    ].join('\n');
    expect(read(text)).toEqual({
      prefixes: 7,
      problems: [],
      ranges: ['1.10.16.0/20', '5.134.128.0/19', '198.51.100.7', '203.0.113.0/28', '2001:db8::/32'],
    });
  });

  it.each([
    ['everybody', '0.0.0.0/0', '1:1 error: 0.0.0.0/0 is everybody: no list can be meant so'],
    ['everybody by IPv6', ' ::/0', '1:2 error: ::/0 is everybody: no list can be meant so'],
    [
      'everybody as a range',
      '0.0.0.0-255.255.255.255',
      '1:1 error: 0.0.0.0-255.255.255.255 is everybody: no list can be meant so',
    ],
    ['this host', '192.0.0.0/16', '1:1 error: 192.0.0.0/16 covers ourselves'],
    [
      'a prefix too long for IPv4',
      '10.0.0.0/64',
      '1:1 error: /64 is longer than /32, the most of IPv4',
    ],
    [
      'a prefix too long for IPv6',
      '2001:db8::/129',
      '1:1 error: /129 is longer than /128, the most of IPv6',
    ],
    [
      'IPv4 in the form of IPv6',
      '::ffff:10.0.0.0/104',
      '1:1 error: ::ffff:10.0.0.0/104 is IPv4 in the form of IPv6, which no packet wears: write it as IPv4',
    ],
    ['a name', 'example.net', '1:1 error: "example.net" is neither an address nor a network'],
    ['leading zeros', '010.0.0.1', '1:1 error: "010.0.0.1" is neither an address nor a network'],
    [
      'two on a line',
      '10.0.0.1 10.0.0.2',
      '1:1 error: "10.0.0.1 10.0.0.2" is neither an address nor a network',
    ],
    [
      'a range that runs backwards',
      '10.0.0.9-10.0.0.1',
      '1:1 error: 10.0.0.9-10.0.0.1 runs backwards',
    ],
    [
      'a range of two families',
      '10.0.0.9-::1',
      '1:1 error: 10.0.0.9-::1 begins and ends in two families',
    ],
    [
      'control characters',
      '10.0.0.\x1b[2J',
      '1:1 error: "10.0.0.�[2J" is neither an address nor a network',
    ],
  ])('that names %s is refused, with the place', (_, line, problem) => {
    expect(read(line)).toMatchObject({ ranges: [], problems: [problem] });
  });

  it('takes a prefix with bits behind it as nft does, and says so', () => {
    expect(read('10.0.0.1/8\n')).toEqual({
      prefixes: 1,
      ranges: ['10.0.0.0/8'],
      problems: [
        '1:1 warning: 10.0.0.1/8 has bits set behind its prefix: taken as the network that it lies in',
      ],
    });
  });

  it('may cover the default gateway, with a warning', () => {
    expect(read('192.0.2.254')).toMatchObject({
      ranges: ['192.0.2.254'],
      problems: ['1:1 warning: 192.0.2.254 covers the default gateway'],
    });
  });

  it('with a line of ten megabytes is refused, and what is told of it is short', () => {
    const { problems } = read(`10.0.0.1\n${'9'.repeat(10 << 20)}\n10.0.0.2\n`);
    expect(problems).toEqual(['2:1 error: a line of more than 512 bytes']);
  });

  it('of nothing but mistakes is given up soon', () => {
    const { problems } = read('x\n'.repeat(100_000));
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toContain('more than 20 errors; the rest is left out');
  });
});

describe('the reader of lists', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-lists-'));
    path = join(folder, 'block.list');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const options = (more: Partial<ListOptions> = {}): ListOptions => ({
    ...NO_LISTS,
    blockFiles: [path],
    ...more,
  });

  it('puts directives and files together', () => {
    writeFileSync(path, '10.0.0.0/9\n10.128.0.0/9\n');
    const reader = new ListReader();
    const lists = reader.read('conf', options({ block: [networkOf('10.0.0.7')] }), []);
    expect(textsOf(lists.block)).toEqual(['10.0.0.0/8']);
    expect(lists.sources).toEqual([
      { list: 'block', from: 'block', prefixes: 1 },
      { list: 'block', from: path, prefixes: 2 },
    ]);
    const counted = reader.read('conf', options({ hasCounters: true }), []);
    expect(textsOf(counted.block)).toEqual(['10.0.0.0/9', '10.128.0.0/9']);
  });

  it('keeps what a file was when it is broken, gone, or open to others', () => {
    writeFileSync(path, '10.0.0.0/8\n');
    const reader = new ListReader();
    reader.read('conf', options(), []);
    const spoil: [string, () => void][] = [
      ['neither an address', () => writeFileSync(path, 'nobody\n')],
      [
        'everybody can write to it',
        () => (writeFileSync(path, '11.0.0.0/8\n'), chmodSync(path, 0o666)),
      ],
      ['no such file', () => rmSync(path)],
    ];
    for (const [why, how] of spoil) {
      how();
      const { block, problems } = reader.read('conf', options(), []);
      expect(textsOf(block)).toEqual(['10.0.0.0/8']);
      expect(problems.map(({ message }) => message.toLowerCase()).join()).toContain(why);
    }
  });

  it('lets no list touch what never_block names, but allow may', () => {
    writeFileSync(path, '10.0.0.0/8\n');
    const neverBlock = [networkOf('10.1.0.0/16')];
    const { block, problems } = new ListReader().read('conf', options({ neverBlock }), []);
    expect(textsOf(block)).toEqual([]);
    expect(problems).toMatchObject([
      { file: path, line: 1, message: '10.0.0.0/8 covers 10.1.0.0/16, which never_block names' },
    ]);
    const allowed = new ListReader().read(
      'conf',
      options({ neverBlock, blockFiles: [], allowFiles: [path] }),
      [],
    );
    expect(textsOf(allowed.allow)).toEqual(['10.0.0.0/8']);
    expect(allowed.problems).toEqual([]);
  });
});
