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
import { ipPacket } from '../support/frame.ts';
import { noFirewall, shutAll, type FirewallTool } from '../support/own-firewall.ts';
import { sendRaw, tcpPacket } from '../support/raw-tcp.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/knockd/conf-corpus');

/** The files of the corpus with doors that become `open`, the tool that they need, and the families they open. */
const FILES: readonly (readonly [
  file: string,
  tool: FirewallTool,
  families: readonly (4 | 6)[],
])[] = [
  ['03-openclose-noeol.conf', 'iptables', [4]],
  ['07-no-options.conf', 'iptables', [4]],
  ['13-one-time.conf', 'iptables', [4]],
  ['28-chef.conf', 'iptables', [4]],
  ['32-eight-ports-not-ack.conf', 'iptables', [4]],
  ['33-man-page-ipv6.conf', 'iptables', [4, 6]],
  ['34-lab.conf', 'iptables', [4]],
  ['22-nft-handle.conf', 'nft', [4]],
  ['09-commented-commands-ufw.conf', 'ufw', [4, 6]],
  ['19-udp-ufw.conf', 'ufw', [4, 6]],
  ['21-firewall-cmd-single-quotes.conf', 'firewall-cmd', [4]],
];

/** The mark of the converted files. */
const MARK = '0x10000000';

const PORTS = [22, 23, 25, 2222, 32154];

/** For files with one-time sequences: the second is in force once the first has opened. */
const SEQUENCES = ['7000,8000,9000', '7001,8001,9001'];

describe.skipIf(noNetns || !existsSync(FOLDER))('a converted file (needs ../shared)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-converted-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  for (const [name, tool, families] of FILES) {
    const reason = noFirewall(tool);
    const why = reason === undefined ? '' : ` (${reason})`;
    const title = `${name} admits the sources and ports of the original${why}`;
    // Most of the time is waiting, and each has namespaces of its own. But these two are programs in
    // Python, and some at once would outlast the seconds that a door is open.
    const isHeavy = tool === 'ufw' || tool === 'firewall-cmd';
    it.skipIf(reason !== undefined)(title, { concurrent: !isHeavy }, async () => {
      const sequenceFile = join(folder, name);
      const original = tamed(readFileSync(join(FOLDER, name), 'latin1'), sequenceFile);
      const renew = (): void => writeFileSync(sequenceFile, `${SEQUENCES.join('\n')}\n`);
      renew();
      const { edits, outcomes } = convert(original, name);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['converted']);
      const before = await admitted(original, tool, families, ['--compat', 'knockd']);
      expect(before.filter((line) => line.endsWith('open'))).toHaveLength(families.length);
      renew();
      expect(await admitted(edits.text(), tool, families)).toEqual(before);
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
  tool: FirewallTool,
  families: readonly (4 | 6)[],
  flags: readonly string[] = [],
): Promise<string[]> {
  await using net = await netns();
  const [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
  await Promise.all(PORTS.map((port) => server.call('listenTcp', port)));
  using firewall = await shutAll(tool, net.server, MARK);
  const [door] = parseConfiguration(text, 'f').configuration!.doors;
  await using daemon = await Daemon.start(net.server, { doors: text, flags, by: firewall.by });
  // Asking at a port of the sequence would be a knock.
  const ports = PORTS.filter((each) =>
    door!.steps.every((step) => isPortStep(step) && step.port !== each),
  );
  const askBy = (family: 4 | 6): Promise<string[]> => ask(client, ports, family);
  const isShut = async (): Promise<boolean> =>
    [...(await askBy(4)), ...(await askBy(6))].every((line) => line.endsWith('silent'));
  expect(await isShut()).toBe(true);
  const answers: string[] = [];
  for (const [family, asked] of [[4, door!] as const, [6, secondOf(door!)] as const]) {
    await knock(net, asked, family);
    if (families.includes(family)) answers.push(...(await openAnswers(() => askBy(family))));
    else answers.push(...(await passed(300), await askBy(family))); // there is nothing to wait for
  }
  await until(isShut);
  expect(await daemon.stop()).toBe(0);
  return answers;
}

/** The answers as soon as anybody gets in anywhere; a door's time may be short beside a busy machine's. */
async function openAnswers(askAll: () => Promise<string[]>): Promise<string[]> {
  let answers: string[] = [];
  await until(async () => {
    answers = await askAll();
    return answers.some((line) => line.endsWith('open'));
  });
  return answers;
}

async function knock(net: Netns, { steps, flags }: Door, family: 4 | 6): Promise<void> {
  const way = { from: CLIENT[family], to: SERVER[family], ip: {} };
  const packets = steps
    .filter(isPortStep)
    .map(({ protocol, port }) =>
      protocol === 'udp'
        ? ipPacket({ ...way, udp: { from: 50_000, to: port } })
        : tcpPacket({ ...way, tcp: { from: 50_000, to: port, flags: flags.value || 2 } }),
    );
  await sendRaw(net.client, { packets, seconds: 0.1 });
}

function secondOf(door: Door): Door {
  if (door.oneTimeSequences === undefined) return door;
  const ports = SEQUENCES[1]!.split(',').map(Number);
  return { ...door, steps: ports.map((port) => ({ protocol: 'tcp', port })) };
}

async function ask(client: Agent, ports: readonly number[], family: 4 | 6): Promise<string[]> {
  const questions = [CLIENT[family], OTHER[family]].flatMap((from) =>
    ports.map((port) => ({ from, port })),
  );
  return Promise.all(
    questions.map(async ({ from, port }) => {
      const options = { from, waitMs: 250 };
      const result = await client.call<ConnectResult>('connect', SERVER[family], port, options);
      return `${from} ${port} ${result}`;
    }),
  );
}
