import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectResult } from '../support/agent.ts';
import type { Agent } from '../support/agent-client.ts';
import { jsonLines, postern, type Ran } from '../support/cli.ts';
import { Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Namespace } from '../support/netns.ts';

const DOORS = `
[ssh]
 sequence = 7001,7002,7003
 tcpflags = syn
 open = tcp/22
 open_for = 30s
`;

function ask(daemon: Daemon, ...args: string[]): Ran {
  return postern([...args, '-s', daemon.controlSocket]);
}

/** What `postern blocked --json` says. */
function blockedBy(daemon: Daemon): {
  blocks: { network: string; why: string; by?: string; leftSeconds?: number; packets: number }[];
  lists: { list: string; from: string; prefixes: number }[];
  counted: { network: string; packets: number }[];
} {
  const [answer] = jsonLines(ask(daemon, 'blocked', '--json').stdout);
  return answer as ReturnType<typeof blockedBy>;
}

/** The elements of a set as the real nft prints them. */
function nftElements(server: Namespace, set: string): string[] {
  const text = server.run(['nft', 'list', 'set', 'inet', 'postern', set]);
  const [, elements = ''] = /elements = \{([^}]*)\}/.exec(text) ?? [];
  return elements
    .split(',')
    .map((each) => each.trim().split(' ')[0]!)
    .filter((each) => each !== '');
}

function chain(server: Namespace, name: string): string {
  return server.run(['nft', 'list', 'chain', 'inet', 'postern', name]);
}

async function listening(server: Namespace): Promise<void> {
  const agent = await server.agent();
  for (const port of [22, 80]) await agent.call('listenTcp', port);
}

const tcp = (client: Agent, family: 4 | 6, port: number, from?: string): Promise<ConnectResult> =>
  client.call('connect', SERVER[family], port, from === undefined ? {} : { from });

describe.skipIf(noNetns)('filtering by address', () => {
  it('lets in who is allowed, and shuts out who is blocked, of both families', async () => {
    await using net = await netns();
    await listening(net.server);
    const client = await net.client.agent();
    const options = ` block = ${CLIENT[4]}, ${CLIENT[6]}, ${OTHER[4]}, fd77:0:0:1::/64\n allow = ${OTHER[4]}\n allow = ${OTHER[6]}`;
    await using daemon = await Daemon.start(net.server, { doors: DOORS, options });
    for (const family of [4, 6] as const) {
      expect(ask(daemon, 'grant', 'ssh', CLIENT[family]).status).toBe(0);
      expect(await tcp(client, family, 22)).toBe('silent');
      expect(await tcp(client, family, 22, OTHER[family])).toBe('open');
      expect(await tcp(client, family, 80)).toBe('open');
    }
  });

  it('hears no knock of who is blocked, and counts it', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: ' block = 10.77.0.1',
    });
    net.client.run(['knock', '-d', '5', SERVER[4], '7001', '7002', '7003']);
    net.client.run(['knock', '-d', '5', SERVER[6], '7001', '7002', '7003']);
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ source: CLIENT[6] }]);
    expect(daemon.of('stage').filter(({ source }) => source === CLIENT[4])).toEqual([]);
    expect(ask(daemon, 'status').stdout).toContain('3 knocks of blocked sources not heard');
  });

  it('shuts out of everything with block_scope = all, loopback apart', async () => {
    await using net = await netns();
    await listening(net.server);
    const client = await net.client.agent();
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: ` block = 10.77.0.1\n block_scope = all`,
    });
    expect(await tcp(client, 4, 80)).toBe('silent');
    expect(await tcp(client, 4, 80, OTHER[4])).toBe('open');
    expect(await tcp(await net.server.agent(), 4, 80)).toBe('open');
    expect(daemon.of('listening')).toHaveLength(1);
  });

  it('loads files of many prefixes, and a reload swaps them without touching what stays', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const [list, other] = ['a.list', 'b.list'].map((name) => join(daemon.folder, name)) as [
      string,
      string,
    ];
    const prefixes = Array.from({ length: 20_000 }, (_, at) => `11.${at >> 8}.${at & 255}.64/26`);
    writeFileSync(list, `# a list\n${prefixes.join('\n')}\n10.77.0.1 ; and one more\n`);
    writeFileSync(other, '2001:db8::/32\r\n203.0.113.0-203.0.113.9\n');
    const files = ` block_file = ${list}\n block_file = ${other}\n block_counters = yes`;
    daemon.configure(DOORS, files);
    expect(ask(daemon, 'reload').status).toBe(0);
    expect(blockedBy(daemon).lists).toEqual([
      { list: 'block', from: list, prefixes: 20_001 },
      { list: 'block', from: other, prefixes: 2 },
    ]);
    expect(nftElements(net.server, 'block4')).toHaveLength(20_002);
    expect(nftElements(net.server, 'block6')).toEqual(['2001:db8::/32']);

    await listening(net.server);
    const client = await net.client.agent();
    expect(await tcp(client, 4, 22)).toBe('silent');
    const counted = blockedBy(daemon).counted;
    expect(counted).toMatchObject([{ network: CLIENT[4] }]);
    expect(counted[0]!.packets).toBeGreaterThan(0);

    const handle = /handle (\d+)/.exec(
      net.server.run(['nft', '-a', 'list', 'table', 'inet', 'postern']).match(/set block4 .*/)![0],
    )![1];
    writeFileSync(list, `${prefixes.slice(1).join('\n')}\n10.77.0.1\n12.0.0.0/8\n`);
    expect(ask(daemon, 'reload').status).toBe(0);
    const after = nftElements(net.server, 'block4');
    expect(after).toHaveLength(20_002);
    expect(after).toContain('12.0.0.0/8');
    expect(after).not.toContain('11.0.0.64/26');
    // The set is the same one, and so are the counters of what stayed.
    expect(net.server.run(['nft', '-a', 'list', 'table', 'inet', 'postern'])).toContain(
      `set block4 { # handle ${handle}`,
    );
    expect(blockedBy(daemon).counted).toEqual(counted);
  });

  it('keeps a list as it was when its file is broken at a reload, and takes on the rest', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const list = join(daemon.folder, 'block.list');
    writeFileSync(list, '198.51.100.0/24\n');
    daemon.configure(DOORS, ` block_file = ${list}`);
    expect(ask(daemon, 'reload').status).toBe(0);
    writeFileSync(list, `198.51.100.0/24\n${SERVER[4]}/16\nnobody\n`);
    daemon.configure(DOORS.replace('tcp/22', 'tcp/22,tcp/80'), ` block_file = ${list}`);
    const { status, stdout } = ask(daemon, 'reload');
    expect(status).toBe(0);
    expect(stdout).toContain(
      `${list}:2:1: error: 10.77.0.2/16 covers 10.77.0.2, an address of this host`,
    );
    expect(stdout).toContain(`${list}:3:1: error: "nobody" is neither an address nor a network`);
    expect(stdout).toContain('the list stays as it was');
    expect(nftElements(net.server, 'block4')).toEqual(['198.51.100.0/24']);
    expect(chain(net.server, 'guard')).toContain('tcp dport 80');
  });

  it('brings lists and blocks back that somebody has flushed', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: ' block = 198.51.100.0/24',
    });
    ask(daemon, 'block', '203.0.113.0/24', '--for', '1h');
    net.server.nft('flush set inet postern block4\nflush set inet postern shut4\n');
    const isBack = (): boolean =>
      nftElements(net.server, 'block4').length === 1 &&
      nftElements(net.server, 'shut4').length === 1;
    expect(await daemon.until(isBack, 15_000)).toBe(true);
    net.server.nft('flush ruleset');
    const isThere = (): boolean => {
      try {
        return isBack();
      } catch {
        return false;
      }
    };
    expect(await daemon.until(isThere, 15_000)).toBe(true);
    net.server.nft('flush set inet postern shut4\n');
    expect(await daemon.until(isThere, 15_000)).toBe(true);
    const isTold = (): boolean => daemon.said.join('\n').includes('somebody had changed who is');
    expect(await daemon.until(isTold, 15_000)).toBe(true);
  });

  it('blocks and unblocks by hand, for a time or until told, as nft sees it', async () => {
    await using net = await netns();
    await listening(net.server);
    const client = await net.client.agent();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    ask(daemon, 'grant', 'ssh', CLIENT[4]);
    for (const [command, said] of [
      ['block 10.77.0.1 --for 1h', '10.77.0.1/32: would be blocked for 1 h\n'],
      ['revoke ssh', `${CLIENT[4]}: ssh: would be closed\n`],
      ['revoke --source 10.77.0.0/24', `${CLIENT[4]}: ssh: would be closed\n`],
      ['revoke --source 10.78.0.0/24', 'there was nothing to revoke\n'],
      ['grant ssh 10.77.0.9', '10.77.0.9: ssh: would be open tcp/22 for 30 s\n'],
      ['unblock 10.77.0.1', '10.77.0.1 was not blocked by hand\n'],
    ] as const) {
      const answer = ask(daemon, ...command.split(' '), '--dry-run');
      expect(answer).toMatchObject({ status: 0, stdout: said });
    }
    expect(ask(daemon, 'block', '0.0.0.0/0', '--dry-run').status).toBe(1);
    expect(await tcp(client, 4, 22)).toBe('open');
    expect(daemon.of('open')).toHaveLength(1);
    expect(ask(daemon, 'block', '10.77.0.1', '--for', '1h')).toMatchObject({
      status: 0,
      stdout: '10.77.0.1/32: blocked for 1 h\n',
    });
    expect(await tcp(client, 4, 22)).toBe('silent');
    expect(ask(daemon, 'block', '192.0.2.0/24').stdout).toBe(
      '192.0.2.0/24: blocked until unblock\n',
    );
    const { blocks } = blockedBy(daemon);
    expect(blocks.map(({ network }) => network)).toEqual(['10.77.0.1/32', '192.0.2.0/24']);
    expect(blocks[0]!.packets).toBeGreaterThan(0);
    expect(blocks[0]!.leftSeconds).toBeGreaterThan(3500);
    expect(ask(daemon, 'blocked').stdout).toMatch(
      /NETWORK +WHY +LEFT +PACKETS\n10\.77\.0\.1\/32 +by hand \(uid \d+\) +(1 h|59 min)/,
    );
    expect(ask(daemon, 'unblock', '10.77.0.1', '--dry-run').stdout).toBe(
      '10.77.0.1/32: would be unblocked\n',
    );
    expect(ask(daemon, 'unblock', '10.77.0.1').stdout).toBe('10.77.0.1/32: unblocked\n');
    expect(await tcp(client, 4, 22)).toBe('open');
    expect(nftElements(net.server, 'shut4')).toEqual(['192.0.2.0/24']);
    ask(daemon, 'block', '10.77.0.1', '--for', '1');
    expect(await daemon.until(() => blockedBy(daemon).blocks.length === 1, 10_000)).toBe(true);
    expect(await tcp(client, 4, 22)).toBe('open');
  });

  it('refuses to block everybody, itself, and whom never_block and trusted name', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: ' never_block = 192.0.2.0/24\n trusted = 198.51.100.0/24',
    });
    const refusals: [string, string][] = [
      ['0.0.0.0/0', '0.0.0.0/0 is everybody'],
      ['::/0', '::/0 is everybody'],
      ['10.77.0.0/24', 'covers 10.77.0.2, an address of this host'],
      ['fd77::/16', 'covers fd77::2, an address of this host'],
      ['192.0.2.7', 'covers 192.0.2.0/24, which never_block names'],
      ['192.0.0.0/16', 'covers 192.0.2.0/24, which never_block names'],
      ['198.51.100.7', 'lies in trusted (198.51.100.0/24)'],
      ['10.0.0.1/8', 'bits set behind its prefix'],
    ];
    for (const [network, why] of refusals) {
      const { status, stderr } = ask(daemon, 'block', network);
      expect(stderr, network).toContain(why);
      expect(status).toBe(1);
    }
    expect(blockedBy(daemon).blocks).toEqual([]);
  });

  it('has blocks by hand again after kill -9, with the time that is left', async () => {
    await using net = await netns();
    await using first = await Daemon.start(net.server, { doors: DOORS });
    ask(first, 'block', '203.0.113.0/24', '--for', '1h');
    ask(first, 'block', '2001:db8::/32');
    await first.stop('SIGKILL');
    expect(nftElements(net.server, 'shut4')).toEqual(['203.0.113.0/24']);
    await using second = await Daemon.start(net.server, { doors: DOORS, after: first });
    const { blocks } = blockedBy(second);
    expect(blocks).toMatchObject([
      { network: '203.0.113.0/24', why: 'by hand' },
      { network: '2001:db8::/32', why: 'by hand' },
    ]);
    expect(blocks[0]!.leftSeconds).toBeGreaterThan(3400);
    expect(blocks[0]!.leftSeconds).toBeLessThanOrEqual(3600);
    expect(nftElements(net.server, 'shut4')).toEqual(['203.0.113.0/24']);
    expect(nftElements(net.server, 'shut6')).toEqual(['2001:db8::/32']);
  });
});

describe.skipIf(noNetns)('scan detection', () => {
  const scan = async (net: { client: Namespace }, family: 4 | 6, from?: string): Promise<void> => {
    const client = await net.client.agent();
    const ports = Array.from({ length: 12 }, (_, at) => 301 + at);
    await Promise.all(ports.map((port) => tcp(client, family, port, from)));
  };
  const RULES = ' scan_ports = 10 in 10s\n scan_watch = 300-400';

  it('reports who touches many ports, once, and blocks nobody by itself', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: `${RULES}\n scan_block = 1h`,
    });
    await scan(net, 4);
    await scan(net, 6);
    const scans = await daemon.atLeast(2, 'scan');
    expect(scans).toMatchObject([
      { source: CLIENT[4], why: 'ports', count: 10, withinSeconds: 10 },
      { source: CLIENT[6], why: 'ports', count: 10, withinSeconds: 10 },
    ]);
    expect(blockedBy(daemon).blocks).toEqual([]);
  });

  it('blocks for a time where unproven evidence is enough, until a right knock', async () => {
    await using net = await netns();
    await listening(net.server);
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: `${RULES}\n scan_block = 1h\n block_unproven = yes\n never_block = ${OTHER[4]}`,
    });
    await scan(net, 4);
    await scan(net, 4, OTHER[4]);
    await daemon.atLeast(2, 'scan');
    expect(blockedBy(daemon).blocks).toMatchObject([{ network: `${CLIENT[4]}/32`, why: 'scan' }]);
    expect(nftElements(net.server, 'shut4')).toEqual([CLIENT[4]]);
    net.client.run(['knock', '-d', '5', SERVER[4], '7001', '7002', '7003']);
    await daemon.atLeast(1, 'open');
    expect(await daemon.until(() => blockedBy(daemon).blocks.length === 0, 10_000)).toBe(true);
    await expect
      .poll(() => daemon.said.filter((line) => line.includes('blocked')))
      .toEqual([
        `postern: blocked ${CLIENT[4]}/32 for 1 h: scan`,
        `postern: ${CLIENT[4]}/32 is blocked no more: a right knock came from there`,
      ]);
    expect(await tcp(await net.client.agent(), 4, 22)).toBe('open');
  });

  it('does not hear who is blocked for scanning where no knock may unblock', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: `${RULES}\n scan_block = 1h\n block_unproven = yes\n right_knock_unblocks = no`,
    });
    await scan(net, 4);
    await daemon.atLeast(1, 'scan');
    net.client.run(['knock', '-d', '5', SERVER[4], '7001', '7002', '7003']);
    net.client.run(['knock', '-d', '5', SERVER[6], '7001', '7002', '7003']);
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ source: CLIENT[6] }]);
    expect(blockedBy(daemon).blocks).toHaveLength(1);
  });

  it('counts attempts that fail', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: ' fail_attempts = 3 in 1m',
    });
    for (let time = 0; time < 3; time++) {
      net.client.run(['knock', '-d', '5', SERVER[4], '7001', '7003']);
    }
    expect(await daemon.atLeast(1, 'scan')).toMatchObject([
      { source: CLIENT[4], why: 'failures', count: 3, withinSeconds: 60 },
    ]);
  });
});
