import { describe, expect, it } from 'vitest';
import type { Door } from '../../src/door/door.ts';
import { drawTable, TRIAL } from '../../src/firewall/nft/draw-table.ts';
import { printTable } from '../../src/firewall/nft/print.ts';
import { parseAddress } from '../../src/tuple/address.ts';
import { door, ports } from '../support/door.ts';
import { netns, noNetns } from '../support/netns.ts';

const many = [22, 23, 25, 80, 443].map((port) => ports(`tcp/${port}`));
interface Case {
  readonly doors: readonly Door[];
  readonly trusted?: readonly string[];
  readonly guardInterfaces?: readonly string[];
  readonly published?: boolean;
  readonly mark?: number;
}

const SPEAKING = {
  onExpire: 'cut',
  whileConnected: { idleSeconds: 90, maxOpenSeconds: 3600 },
} as const;

const CASES: readonly (readonly [string, Case])[] = [
  ['one door', { doors: [door('7000', { name: 'ssh', open: [ports('tcp/22')] })] }],
  ['many ports', { doors: [door('7000', { open: [...many, ports('udp/53')] })] }],
  [
    'ranges that overlap, prefixes, an unguarded door',
    {
      doors: [
        door('7000', { open: [ports('udp/60000-61000'), ports('udp/60500')], openPrefix6: 64 }),
        door('7001', { open: [ports('udp/60900-62000')], openPrefix6: 47 }),
        door('7004', { open: [ports('tcp/22'), ports('udp/53')], openPrefix4: 23 }),
        door('7005', { open: [ports('tcp/22')], openPrefix4: 16, openPrefix6: 64 }),
        door('7002', { open: [ports('tcp/8000-9000')], guard: false }),
        door('7003', { open: [ports('tcp/8080')] }),
      ],
    },
  ],
  [
    'trusted networks, interfaces, published ports',
    {
      doors: [door('7000', { open: [ports('tcp/22')] })],
      trusted: ['10.0.0.0/8', '10.1.2.3/32', '11.0.0.0/8', '255.255.255.255/32', 'fd00::/8'],
      guardInterfaces: ['eth0', 'wlan0'],
      published: true,
    },
  ],
  [
    'a door that guards nothing',
    { doors: [door('7000', { open: [ports('tcp/22')], guard: false })] },
  ],
  [
    'marks for other tables',
    {
      doors: [
        door('7000', { open: [ports('tcp/22'), ports('udp/60000-61000')], guard: false }),
        door('7001', { open: [ports('tcp/22'), ports('tcp/80')], openPrefix6: 64 }),
      ],
      mark: 0x1000_0000,
      published: true,
    },
  ],
  [
    'doors that cut, and doors that stay open for who speaks',
    {
      doors: [
        door('7000', { open: many, onExpire: 'cut' }),
        door('7001', { open: [ports('tcp/8000-8003'), ports('tcp/24')], ...SPEAKING }),
        door('7002', { open: [ports('tcp/8000-8003')], openPrefix6: 64, ...SPEAKING }),
      ],
    },
  ],
  [
    'machines behind this host',
    {
      doors: [
        door('7000', {
          open: ['10.0.0.5', 'fd00::5'].map((text) => ({
            ...ports('tcp/2222'),
            forward: { address: parseAddress(text)!, port: 22 },
          })),
        }),
      ],
      trusted: ['192.0.2.0/24'],
      mark: 0x1000_0000,
    },
  ],
];

describe.skipIf(noNetns)('the table', () => {
  it.each(CASES)('printed for nft is the one that the kernel is told: %s', async (_, given) => {
    await using net = await netns();
    const { doors, trusted = [], guardInterfaces = [], published = false, mark } = given;
    const networks = trusted.map((text) => {
      const [address, prefix] = text.split('/') as [string, string];
      return { address: parseAddress(address)!, prefix: Number(prefix) };
    });
    const options = { trusted: networks, guardInterfaces, maxGrants: 100, mark };
    const { table } = drawTable(doors, { ...options, isPublished: published });

    net.server.run(['nft', '-c', '-f', '-'], printTable(table));
    net.server.nft(printTable(table));
    const byNft = list(net.server.run(['nft', 'list', 'ruleset']));
    const server = await net.server.agent();
    await server.call('make', { ...options, published });
    await server.call('start', doors);
    expect(list(net.server.run(['nft', 'list', 'ruleset']))).toEqual(byNft);
    // Loaded again, the text takes the place of the table.
    net.server.nft(printTable(table));
    expect(list(net.server.run(['nft', 'list', 'ruleset']))).toEqual(byNft);
  });

  it('printed while its guard is on trial lifts the guard where it is loaded anew', async () => {
    await using net = await netns();
    const options = { trusted: [], guardInterfaces: [], maxGrants: 100, isPublished: false };
    const trials = [{ sets: TRIAL, services: [{ protocol: 6, port: 22 }] }];
    const { table } = drawTable([door('7000', { open: [ports('tcp/22')] })], {
      ...options,
      trials,
    });
    net.server.nft(printTable(table));
    const listed = net.server.run(['nft', 'list', 'ruleset']);
    expect(listed).toContain('elements = { tcp . 22 }');
    expect(listed).toContain('meta l4proto . th dport != @trial accept');
  });
});

/** Lines without what nft's own lists leave to chance: the order of a set's elements. */
function list(text: string): string[] {
  return text
    .replaceAll(/elements = \{([^}]*)\}/g, (_, elements: string) => {
      const sorted = elements
        .split(',')
        .map((element) => element.trim())
        .sort();
      return `elements = { ${sorted.join(', ')} }`;
    })
    .split('\n');
}
