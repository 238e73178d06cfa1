import { describe, expect, it } from 'vitest';
import { jsonLines, postern } from '../support/cli.ts';
import { CLI, Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { elementsIn, FILTER } from '../support/own-rules.ts';
import { elementsOf } from '../support/sets.ts';
import { until } from '../support/until.ts';
import { noUser, USER } from '../support/user.ts';

const OPTIONS = ' use_set = inet filter allowed\n use_set6 = inet filter allowed6\n';
const DOORS = `
[ssh]
 sequence = 7001,7002,7003
 tcpflags = syn
 open = tcp/22
 open_for = 30s
[vpn]
 sequence = 7101,7102
 open = udp/51820
 use_set = none
 use_set6 = none
`;

describe.skipIf(noNetns)('a daemon whose doors use sets of the administrator', () => {
  const knock = (net: Netns) =>
    net.client.run(['knock', '-d', '5', SERVER[4], '7001', '7002', '7003']);
  const ask = (daemon: Daemon, ...args: string[]) => postern([...args, '-s', daemon.controlSocket]);
  const sources = (net: Netns) => elementsIn(net.server)?.map(({ key }) => key[0]);

  it('counts the grants of both tables against max_grants', async () => {
    await using net = await netns();
    net.server.nft(FILTER);
    const options = `${OPTIONS} max_grants = 16\n`;
    await using daemon = await Daemon.start(net.server, { doors: DOORS, options });
    expect(ask(daemon, 'grant', 'ssh', '198.51.100.0/28').status).toBe(0);
    net.client.run(['knock', '-d', '5', SERVER[4], '7101', '7102']);
    expect(await daemon.atLeast(1, 'refuse')).toMatchObject([
      { door: 'vpn', reason: 'max grants' },
    ]);
    expect(elementsOf(net.server)).toEqual([]);
  });

  it.each([
    ['as root', undefined],
    ['with a user', USER],
  ])('%s, opens, lists, revokes and reloads, in both tables', async (_, user) => {
    if (user !== undefined && noUser !== undefined) throw new Error(noUser);
    await using net = await netns();
    net.server.nft(FILTER);
    await using daemon = await Daemon.start(net.server, { doors: DOORS, options: OPTIONS, user });
    knock(net);
    await daemon.atLeast(1, 'open');
    expect(ask(daemon, 'grant', 'vpn', '198.51.100.7').status).toBe(0);
    expect(sources(net)).toEqual([CLIENT[4]]);
    expect(elementsOf(net.server).map(({ address }) => address)).toEqual(['198.51.100.7']);
    const [listed] = jsonLines(ask(daemon, 'list', '--json').stdout) as { grants: unknown[] }[];
    expect(listed!.grants).toMatchObject([
      { door: 'vpn', source: '198.51.100.7' },
      { door: 'ssh', source: CLIENT[4] },
    ]);
    const rules = net.server.run(['nft', 'list', 'table', 'inet', 'postern']);
    expect(rules).not.toContain('dport 22');

    expect(ask(daemon, 'reload').status).toBe(0);
    net.server.nft(`flush ruleset\n${FILTER}`);
    await until(() => sources(net)?.length === 1 && elementsOf(net.server).length === 1);
    expect(ask(daemon, 'revoke', 'ssh').stdout).toContain('closed (revoked)');
    expect(sources(net)).toEqual([]);
    expect(await daemon.stop()).toBe(0);
  });

  it.each([
    ['no set at all', ''],
    ['another set', ' use_set = inet filter others\n'],
  ])('leaves a set that no door names after a restart: %s', async (_, options) => {
    await using net = await netns();
    net.server.nft(FILTER);
    net.server.nft('add set inet filter others { type ipv4_addr; flags timeout; }');
    await using first = await Daemon.start(net.server, { doors: DOORS, options: OPTIONS });
    knock(net);
    await first.atLeast(1, 'open');
    net.server.nft('add element inet filter allowed { 198.51.100.9 timeout 1h comment "ssh" }');
    expect(sources(net)?.sort()).toEqual(['198.51.100.9', CLIENT[4]].sort());
    await first.stop('SIGKILL');
    await using second = await Daemon.start(net.server, { doors: DOORS, options, after: first });
    expect(sources(net)).toEqual(['198.51.100.9']);
    const line = 'set inet filter allowed has no door any more: took 1 element of ours out of it';
    await second.until(() => second.said.some((said) => said.includes(line)));
    await expect.poll(() => second.said.join('\n')).toContain(line);
    await second.stop();
    await using third = await Daemon.start(net.server, { doors: DOORS, options, after: second });
    expect(third.said.join('\n')).not.toContain('no door any more');
  });

  it('says in its status what is missing, and how to add it', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS, options: OPTIONS });
    const remark = "set inet filter allowed: it is not there: nft add set inet filter allowed '{";
    await expect.poll(() => daemon.said.join('\n')).toContain(remark);
    expect(ask(daemon, 'status').stdout).toContain(remark);
    knock(net);
    expect(await daemon.atLeast(1, 'refuse')).toMatchObject([{ door: 'ssh' }]);
    net.server.nft(FILTER);
    await until(() => !ask(daemon, 'status').stdout.includes('it is not there'));
    knock(net);
    await daemon.atLeast(1, 'open');
    expect(sources(net)).toEqual([CLIENT[4]]);
  });

  it('is refused at the start, by check --live too, where a set knows no timeouts', async () => {
    await using net = await netns();
    net.server.nft('table inet filter { set allowed { type ipv4_addr; }; }');
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: OPTIONS,
      readyWord: undefined,
    });
    expect(await daemon.ended).toBe(1);
    const line = 'its elements have no end: make it anew';
    await expect.poll(() => daemon.said.join('\n')).toContain(line);
    const check = [process.execPath, `${CLI}/main.js`, 'check', '--live', '-c', daemon.configFile];
    expect(net.server.run(check)).toContain(line);
  });
});
