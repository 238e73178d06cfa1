import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { convert } from '../../src/config/convert/convert.ts';
import { parseConfiguration } from '../../src/config/load.ts';
import type { Door } from '../../src/door/door.ts';
import type { Agent } from '../support/agent-client.ts';
import type { ConnectResult } from '../support/agent.ts';
import { Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';
import { sendRaw, tcpPacket } from '../support/raw-tcp.ts';
import { until } from '../support/until.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/knockd/conf-corpus');

/** The corpus' doors that become `open`, by the tool that they need. Those of one-time sequences stay shut. */
const FILES: readonly (readonly [
  file: string,
  tool: 'iptables' | 'nft' | 'ufw' | 'firewall-cmd',
])[] = [
  ['03-openclose-noeol.conf', 'iptables'],
  ['07-no-options.conf', 'iptables'],
  ['28-chef.conf', 'iptables'],
  ['32-eight-ports-not-ack.conf', 'iptables'],
  ['34-lab.conf', 'iptables'],
  ['22-nft-handle.conf', 'nft'],
  ['09-commented-commands-ufw.conf', 'ufw'],
  ['19-udp-ufw.conf', 'ufw'],
  ['21-firewall-cmd-single-quotes.conf', 'firewall-cmd'],
];

/** Both stand for an administrator who shuts all that nothing lets in; the last rule is for the mark. */
const OWN_RULES = {
  nft: `table inet filter { chain input { type filter hook input priority filter; policy drop;
    ct state established,related accept; meta l4proto ipv6-icmp accept;
    meta mark & 0x10000000 != 0 accept; }; }`,
  iptables: ['iptables', 'ip6tables'].flatMap((tool) => [
    `${tool} -P INPUT DROP`,
    `${tool} -A INPUT -p ${tool === 'iptables' ? 'icmp' : 'icmpv6'} -j ACCEPT`,
    `${tool} -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    `${tool} -A INPUT -m mark --mark 0x10000000/0x10000000 -j ACCEPT`,
  ]),
} as const;

const PORTS = [22, 23, 2222, 32154];

describe.skipIf(noNetns || !existsSync(FOLDER))('a converted file (needs ../shared)', () => {
  for (const [name, tool] of FILES) {
    const isThere = spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
    if (!isThere) console.warn(`${name}: no ${tool} here to compare with`);
    it.skipIf(!isThere)(`${name} admits the sources and ports of the original`, async () => {
      const original = tamed(readFileSync(join(FOLDER, name), 'latin1'));
      const { edits, outcomes } = convert(original, name);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['converted']);
      const before = await admitted(original, tool, ['--compat', 'knockd']);
      expect(before.filter((line) => line.endsWith('open'))).toHaveLength(1);
      expect(await admitted(edits.text(), tool)).toEqual(before);
    });
  }
});

/** What the machine it runs on must not see is left out, and ends come soon. */
function tamed(text: string): string {
  return text
    .replace(/^\s*(usesyslog|(log|pid)file\s*=.*|interface\s*=.*)$/gim, '')
    .replace(/(cmd_timeout\s*=).*/i, '$1 2')
    .replace(/^(?![^]*cmd_timeout)([^]*)(stop_command)/i, '$1cmd_timeout = 2\n$2');
}

/** Who gets in where after the client has knocked by both families; throws if anybody is left in at the end. */
async function admitted(
  text: string,
  tool: string,
  flags: readonly string[] = [],
): Promise<string[]> {
  await using net = await netns();
  const [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
  await Promise.all(PORTS.map((port) => server.call('listenTcp', port)));
  if (tool === 'nft') net.server.nft(OWN_RULES.nft);
  else for (const line of OWN_RULES.iptables) net.server.run(line.split(' '));
  const [door] = parseConfiguration(text, 'f').configuration!.doors;
  await using daemon = await Daemon.start(net.server, { doors: text, flags });
  // Asking at a port of the sequence would be a knock.
  const ports = PORTS.filter((each) => door!.steps.every(({ port }) => port !== each));
  const isShut = async (): Promise<boolean> =>
    (await ask(client, ports)).every((line) => line.endsWith('silent'));
  expect(await isShut()).toBe(true);
  await knock(net, door!);
  await until(async () => !(await isShut()));
  const answers = await ask(client, ports);
  await until(isShut);
  expect(await daemon.stop()).toBe(0);
  return answers;
}

async function knock(net: Netns, { steps, flags }: Door): Promise<void> {
  for (const family of [4, 6] as const) {
    const packets = steps.map(({ port }) =>
      tcpPacket({
        from: CLIENT[family],
        to: SERVER[family],
        tcp: { from: 50_000, to: port, flags: flags.value || 2 },
        ip: {},
      }),
    );
    await sendRaw(net.client, { packets, seconds: 0.1 });
  }
}

async function ask(client: Agent, ports: readonly number[]): Promise<string[]> {
  const questions = ([4, 6] as const).flatMap((family) =>
    [CLIENT[family], OTHER[family]].flatMap((from) =>
      ports.map((port) => ({ family, from, port })),
    ),
  );
  return Promise.all(
    questions.map(async ({ family, from, port }) => {
      const options = { from, waitMs: 250 };
      const result = await client.call<ConnectResult>('connect', SERVER[family], port, options);
      return `${from} ${port} ${result}`;
    }),
  );
}
