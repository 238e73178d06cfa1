import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';
import { PacketLog } from '../support/packet-log.ts';
import { noRecording } from '../support/recording.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const THEIRS = '/usr/bin/knock';
const hasTheirs = spawnSync(THEIRS, ['-V'], { encoding: 'utf8' }).stdout?.startsWith('knock 0.8');
const OURS = [process.execPath, '--no-addons', join(CLI, 'knock.js')];

interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Command lines for both programs; the words differ in the usage and version texts alone. */
const LINES: readonly (readonly string[])[] = [
  [],
  ['127.0.0.1'],
  ['-h'],
  ['-V'],
  ['-V', '-h'],
  ['-hV'],
  ['-xV'],
  ['-Vx'],
  ['-v', '127.0.0.1', '7000'],
  ['-v', '127.0.0.1', '7000:UDP', '7001:foo', '7002:', '7003:udp', ':udp', ':', ''],
  ['-v', '127.0.0.1', 'http', 'https:udp', 'domain', 'ntp', 'ssh:udp'],
  ['-v', '127.0.0.1', '70000', '99999999999', '016', ' 7', '+7', '1:2:udp', '1:udp:x'],
  ['-v', '127.0.0.1', '7000', 'nosuch', '7001'],
  ['-v', '127.0.0.1', '7000', 'nosuch:udp', '7001'],
  ['-v', '127.0.0.1', '7 '],
  ['-v', '127.0.0.1', '0x16'],
  ['-v', '127.0.0.1', '--', '-1'],
  ['-v', '127.0.0.1', '-1'],
  ['-v', 'nosuch.invalid', '7000'],
  ['-v', 'nosuch.invalid', 'nosuch'],
  ['-v', 'a b', '1'],
  ['-v', '', '1'],
  ['-v', '[::1]', '1'],
  ['-v', 'x'.repeat(300), '1'],
  ['-v', '127.0.0.1:80', '1'],
  ['-v', '127.1', '1'],
  ['-v', '2130706433', '1'],
  ['-v', '0.0.0.0', '1'],
  ['-v', '10.9.9.9', '1', '1:udp'],
  ['-v', '255.255.255.255', '1', '1:udp'],
  ['-v', 'fe80::1%lo', '1'],
  ['-v', '::1', '7000', '7000:udp'],
  ['-v', 'localhost', '7000'],
  ['-v', '-6', '127.0.0.1', '7000'],
  ['-v', '-4', '::1', '7000'],
  ['-v', '-6', '127.1', '7000'],
  ['-v', '-6', '-4', 'localhost', '7000'],
  ['-v', '-64', '127.0.0.1', '7000'],
  ['-v', '-46', '127.0.0.1', '7000'],
  ['-d5x', '-v', '127.0.0.1', '1'],
  ['-dfoo', '-v', '127.0.0.1', '1'],
  ['-d4294967296', '-v', '127.0.0.1', '1'],
  ['-d', '-5', '-v', '127.0.0.1', '1'],
  ['-d', '-5', '127.0.0.1'],
  ['-d', '-5', '-h'],
  ['-d'],
  ['--delay', '127.0.0.1', '1'],
  ['--del', '1', '-v', '127.0.0.1', '1'],
  ['-uv', '127.0.0.1', '1', '2:tcp'],
  ['--ud', '--verb', '127.0.0.1', '1', '2:tcp'],
  ['--ver', '127.0.0.1', '1'],
  ['--ipv', '127.0.0.1', '1'],
  ['--ipv4', '-v', '127.0.0.1', '1'],
  ['--udp=3', '127.0.0.1', '1'],
  ['--nope', '127.0.0.1', '1'],
  ['127.0.0.1', '1', '-v', '2'],
  ['-v', '--', '127.0.0.1', '1', '-v'],
];

describe.skipIf(noNetns)('the client', () => {
  let net: Netns;
  beforeAll(async () => {
    net = await netns();
  });
  afterAll(() => net[Symbol.asyncDispose]());

  function run(program: readonly string[], args: readonly string[]): Answer {
    const [file, all] = net.client.enter([...program, ...args]);
    const { stdout, stderr, status } = spawnSync(file, all, { encoding: 'utf8' });
    return { stdout, stderr, code: status };
  }

  it.skipIf(!hasTheirs)('answers every command line as the 0.8 client does', () => {
    for (const line of LINES) {
      const wanted = plain(run([THEIRS], line));
      expect({ line, ...plain(run(OURS, line)) }).toEqual({ line, ...wanted });
    }
  });

  it.skipIf(noRecording)(
    'sends one SYN without retransmission, and one datagram of one zero byte',
    async () => {
      await using log = await PacketLog.start(net.server, 'srv0', 'tcp or udp');
      net.server.nft(
        'table inet t { chain c { type filter hook input priority 0; policy drop; }; }',
      );
      run(OURS, [SERVER[4], '7000', '5023:udp']);
      await log.untilSeen(/5023/);
      await passed(1500); // the kernel would send the first SYN again after a second
      net.server.nft('delete table inet t');
      const packets = await log.lines();
      expect(packets.filter((line) => line.includes('.7000:'))).toHaveLength(1);
      expect(packets.find((line) => line.includes('.7000:'))).toContain('Flags [S]');
      expect(packets.filter((line) => line.includes('.5023:'))).toEqual([
        expect.stringMatching(/UDP, length 1/),
      ]);
    },
  );

  it.skipIf(noRecording)('knocks from the address that it is told', async () => {
    await using log = await PacketLog.start(net.server, 'srv0', 'tcp or udp');
    expect(run(OURS, ['--source', OTHER[4], SERVER[4], '7000', '5023:udp']).code).toBe(0);
    await log.untilSeen(/5023/);
    const packets = await log.lines();
    expect(packets.filter((line) => line.includes(`IP ${OTHER[4]}.`))).toHaveLength(2);

    const { code, stderr } = run(OURS, ['--source', '192.0.2.9', SERVER[4], '7000']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^knock: bind EADDRNOTAVAIL/)]);
    expect(run(OURS, ['--source', '192.0.2.9', SERVER[4], '1:udp']).code).toBe(1);
    expect(run(OURS, ['--source', OTHER[4], SERVER[6], '7000']).code).toBe(1);
  });

  it('knocks by both families at once', async () => {
    const hosts = join(folder, 'hosts');
    writeFileSync(hosts, `${SERVER[4]} gw\n${SERVER[6]} gw\n${SERVER[4]} four\n`);
    const withHosts = [
      'unshare',
      '-m',
      'sh',
      '-c',
      `mount --bind ${hosts} /etc/hosts && exec "$@"`,
    ];
    const { stdout } = run([...withHosts, 'sh', ...OURS], ['-v', '--both', 'gw', '1', '2:udp']);
    expect(stdout.split('\n')).toEqual([
      `hitting tcp ${SERVER[4]}:1`,
      `hitting tcp ${SERVER[6]}:1`,
      `hitting udp ${SERVER[4]}:2`,
      `hitting udp ${SERVER[6]}:2`,
      '',
    ]);
    const four = run([...withHosts, 'sh', ...OURS], ['-v', '--both', 'four', '1']);
    expect(four.stdout).toBe(`hitting tcp ${SERVER[4]}:1\n`);
  });

  it('waits until a port answers, knocks again meanwhile, and says how it ended', async () => {
    const closed = run(OURS, ['--wait', '2022', '--timeout', '0.4', SERVER[4], '7000']);
    expect([closed.code, closed.stderr]).toEqual([2, `knock: ${SERVER[4]}:2022 does not answer\n`]);

    const agent = await net.server.agent();
    const waiting = net.client.spawn([...OURS, '-v', '--wait', '2022', SERVER[4], '7000']);
    const said: string[] = [];
    waiting.stdout!.on('data', (chunk: Buffer) => said.push(String(chunk)));
    const hit = `hitting tcp ${SERVER[4]}:7000\n`;
    await until(() => said.join('') === `${hit}${hit}`);
    await agent.call('listenTcp', 2022);
    const code = await new Promise((resolve) => waiting.on('close', resolve));
    expect([code, said.join('')]).toEqual([0, `${hit}${hit}${SERVER[4]}:2022 answers\n`]);
  });

  const folder = mkdtempSync(join(tmpdir(), 'postern-client-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('knocks at a door that its file describes, and the command line beats the file', () => {
    const path = join(folder, 'doors');
    const text = `[home]\nhost = ${SERVER[4]}\nsequence = 7000, 5023:udp\nsource = ${CLIENT[4]}\n`;
    writeFileSync(path, text, { mode: 0o600 });
    const { stdout } = run(OURS, ['-v', '--doors', path, '--door', 'home']);
    expect(stdout).toBe(`hitting tcp ${SERVER[4]}:7000\nhitting udp ${SERVER[4]}:5023\n`);
    const udp = run(OURS, ['-uv', '--doors', path, '--door', 'home']);
    expect(udp.stdout).toBe(`hitting udp ${SERVER[4]}:7000\nhitting udp ${SERVER[4]}:5023\n`);
    const wrong = run(OURS, ['--doors', path, '--door', 'hme']);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/did you mean home\?/)]);
  });

  it.each([
    ['--source', 'eth0', '127.0.0.1', '1'],
    ['--timeout', '0', '127.0.0.1', '1'],
    ['--timeout', 'soon', '127.0.0.1', '1'],
    ['--wait', 'nosuch', '127.0.0.1', '1'],
    ['--wait', '0', '127.0.0.1', '1'],
    ['--door', 'home', '127.0.0.1'],
  ])('refuses %s %s', (...line) => {
    expect(run(OURS, line).code).toBe(1);
  });
});

/** Usage and version are each program's own words; where they come is the contract. */
function plain({ stdout, stderr, code }: Answer): Answer {
  const text = stdout
    .replace(/^usage: knock [^]*/m, 'USAGE')
    .replace(/^knock 0\.8[^]*/m, 'VERSION');
  // getopt names the program as it was called.
  return { stdout: text, stderr: stderr.replace(THEIRS, 'knock'), code };
}
