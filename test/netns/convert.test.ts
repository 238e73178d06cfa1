import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isPortStep } from '../../src/door/step.ts';
import { convert } from '../../src/config/convert/convert.ts';
import { parseConfiguration } from '../../src/config/load.ts';
import type { Door } from '../../src/door/door.ts';
import type { Agent } from '../support/agent-client.ts';
import type { ConnectResult } from '../support/agent.ts';
import { Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';
import { sendRaw, tcpPacket } from '../support/raw-tcp.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/knockd/conf-corpus');

/** The files of the corpus with doors that become `open`, and the tool that they need. */
const FILES: readonly (readonly [file: string, tool: 'iptables' | 'nft'])[] = [
  ['03-openclose-noeol.conf', 'iptables'],
  ['07-no-options.conf', 'iptables'],
  ['13-one-time.conf', 'iptables'],
  ['28-chef.conf', 'iptables'],
  ['32-eight-ports-not-ack.conf', 'iptables'],
  ['33-man-page-ipv6.conf', 'iptables'],
  ['34-lab.conf', 'iptables'],
  ['22-nft-handle.conf', 'nft'],
];
// Files for ufw and firewall-cmd are compared as text (test/unit/config/convert): both keep their rules on the
// machine and not in a namespace, so they can't be run here.

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

const PORTS = [22, 23, 25, 2222, 32154];

/** For files with one-time sequences: the second is in force once the first has opened. */
const SEQUENCES = ['7000,8000,9000', '7001,8001,9001'];

describe.skipIf(noNetns || !existsSync(FOLDER))('a converted file (needs ../shared)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-converted-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  for (const [name, tool] of FILES) {
    // Most of the time is waiting, and each has namespaces of its own.
    it.concurrent(`${name} admits the sources and ports of the original`, async () => {
      const sequenceFile = join(folder, name);
      const original = tamed(readFileSync(join(FOLDER, name), 'latin1'), sequenceFile);
      const renew = (): void => writeFileSync(sequenceFile, `${SEQUENCES.join('\n')}\n`);
      renew();
      const { edits, outcomes } = convert(original, name);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['converted']);
      const before = await admitted(original, tool, ['--compat', 'knockd']);
      const families = name.startsWith('33-') ? 2 : 1;
      expect(before.filter((line) => line.endsWith('open'))).toHaveLength(families);
      renew();
      expect(await admitted(edits.text(), tool)).toEqual(before);
    });
  }
});

/** What the machine it runs on must not see is left out, and ends come soon. */
function tamed(text: string, sequenceFile: string): string {
  return text
    .replace(/(one_time_sequences\s*=).*/, `$1 ${sequenceFile}`)
    .replace(/^\s*(usesyslog|(log|pid)file\s*=.*|interface\s*=.*)$/gim, '')
    .replace(/(cmd_timeout\s*=).*/i, '$1 3')
    .replace(/^(?![^]*cmd_timeout)([^]*)(stop_command)/i, '$1cmd_timeout = 3\n$2');
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
  const ports = PORTS.filter((each) =>
    door!.steps.every((step) => isPortStep(step) && step.port !== each),
  );
  const isShut = async (): Promise<boolean> =>
    (await ask(client, ports)).every((line) => line.endsWith('silent'));
  expect(await isShut()).toBe(true);
  await knock(net, door!, 4);
  await until(async () => !(await isShut()));
  await knock(net, secondOf(door!), 6);
  await passed(300); // some open nothing by IPv6, and there is nothing to wait for then
  const answers = await ask(client, ports);
  await until(isShut);
  expect(await daemon.stop()).toBe(0);
  return answers;
}

async function knock(net: Netns, { steps, flags }: Door, family: 4 | 6): Promise<void> {
  const packets = steps.filter(isPortStep).map(({ port }) =>
    tcpPacket({
      from: CLIENT[family],
      to: SERVER[family],
      tcp: { from: 50_000, to: port, flags: flags.value || 2 },
      ip: {},
    }),
  );
  await sendRaw(net.client, { packets, seconds: 0.1 });
}

function secondOf(door: Door): Door {
  if (door.oneTimeSequences === undefined) return door;
  const ports = SEQUENCES[1]!.split(',').map(Number);
  return { ...door, steps: ports.map((port) => ({ protocol: 'tcp', port })) };
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
