import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectResult } from '../support/agent.ts';
import { postern } from '../support/cli.ts';
import { Daemon } from '../support/daemon.ts';
import { FrameSender, knocks } from '../support/frame-sender.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const SSH = '[ssh]\n sequence = 7000,8000\n tcpflags = syn\n open = tcp/22\n open_for = 60s';

describe.skipIf(noNetns)('the guard that stood last', () => {
  const connect = async (net: Netns): Promise<ConnectResult> =>
    (await net.client.agent()).call('connect', SERVER[4], 22);

  /** A host that has just booted: its rules are gone, the network is down, the state folder is there. */
  async function rebooted(net: Netns): Promise<Daemon> {
    await (await net.server.agent()).call('listenTcp', 22);
    const daemon = await Daemon.start(net.server, { doors: SSH });
    await daemon.stop();
    net.server.run(['nft', 'flush', 'ruleset']);
    expect(await connect(net)).toBe('open');
    net.server.run(['ip', 'link', 'set', 'srv0', 'down']);
    return daemon;
  }

  it.each([
    ['a broken configuration', (daemon: Daemon) => writeFileSync(daemon.configFile, 'nonsense\n')],
    ['node missing', () => {}],
    ['the network not up yet', () => {}],
  ])('R-92: is loaded by the unit’s command with %s', async (_, harm) => {
    await using net = await netns();
    await using daemon = await rebooted(net);
    harm(daemon);
    const { load } = unitCommands(daemon);
    const nftAlone = pathOf(daemon, ['nft']);
    net.server.run(['env', '-i', `PATH=${nftAlone}`, ...load]);
    net.server.run(['ip', 'link', 'set', 'srv0', 'up']);
    expect(await connect(net)).toBe('silent');
    if (_ !== 'a broken configuration') return;

    // The daemon does not come up, and nothing opens.
    await using broken = await Daemon.start(net.server, {
      doors: 'nonsense',
      after: daemon,
      readyWord: undefined,
    });
    expect(await broken.ended).toBe(1);
    expect(await connect(net)).toBe('silent');
  });

  it('R-92: does no harm to the grants of a daemon that runs', async () => {
    await using net = await netns();
    await (await net.server.agent()).call('listenTcp', 22);
    await using daemon = await Daemon.start(net.server, { doors: SSH });
    await new FrameSender(net.client).send(knocks('7000,8000'));
    await daemon.atLeast(1, 'open', 10_000);
    const list = (): string => net.server.run(['nft', 'list', 'table', 'inet', 'postern']);
    const withoutTimes = (text: string): string => text.replaceAll(/expires \w+|packets.*/g, '');
    const before = withoutTimes(list());
    expect(before).toContain(`${CLIENT[4]} . tcp . 22`);

    net.server.run(unitCommands(daemon).load);
    expect(withoutTimes(list())).toBe(before);
    // Even past the unit's look at what stands, nft refuses it as a whole.
    const [file, args] = net.server.enter(['nft', '-f', guardOf(daemon)]);
    const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('File exists')]);
    expect(withoutTimes(list())).toBe(before);
    expect(await connect(net)).toBe('open');
  });

  it('is loaded again when somebody flushes it while no daemon runs, and not what was removed', async () => {
    await using net = await netns();
    await (await net.server.agent()).call('listenTcp', 22);
    await using daemon = await Daemon.start(net.server, { doors: SSH });
    net.server.spawn(unitCommands(daemon).watch);
    // Beside a daemon it changes nothing for good, whoever of them was first.
    for (let time = 0; time < 20; time++) {
      net.server.run(['nft', 'flush', 'ruleset']);
      await passed(100);
    }
    await new FrameSender(net.client).send(knocks('7000,8000'));
    await daemon.atLeast(1, 'open', 10_000);
    await until(async () => (await connect(net)) === 'open');
    await daemon.stop('SIGKILL');

    net.server.run(['nft', 'flush', 'ruleset']);
    await until(async () => (await connect(net)) === 'silent');

    const cli = join(import.meta.dirname, '../../dist/cli/main.js');
    const flags = ['--state-folder', daemon.stateFolder];
    net.server.run([process.execPath, cli, 'remove-table', ...flags]);
    await passed(3000);
    expect(net.server.run(['nft', 'list', 'ruleset'])).toBe('');
  });

  it('is taken over by the daemon that starts behind it', async () => {
    await using net = await netns();
    await using daemon = await rebooted(net);
    net.server.run(unitCommands(daemon).load);
    net.server.run(['ip', 'link', 'set', 'srv0', 'up']);
    await using next = await Daemon.start(net.server, { doors: SSH, after: daemon });
    await new FrameSender(net.client).send(knocks('7000,8000'));
    await next.atLeast(1, 'open', 10_000);
    expect(await connect(net)).toBe('open');
  });

  it('is kept for nobody else to read, follows reloads, and is forgotten with the table', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: SSH });
    expect(statSync(guardOf(daemon)).mode & 0o777).toBe(0o600);
    daemon.configure(SSH.replace('tcp/22', 'tcp/2222'));
    daemon.process.kill('SIGHUP');
    await daemon.atLeast(1, 'reloaded', 10_000);
    expect(readFileSync(guardOf(daemon), 'utf8')).toContain('tcp dport 2222');

    await daemon.stop();
    expect(existsSync(guardOf(daemon))).toBe(true);
    const cli = join(import.meta.dirname, '../../dist/cli/main.js');
    const flags = ['--state-folder', daemon.stateFolder];
    net.server.run([process.execPath, cli, 'remove-table', ...flags]);
    expect(existsSync(guardOf(daemon))).toBe(false);
    expect(net.server.run(['nft', 'list', 'ruleset'])).toBe('');
  });

  it('is forgotten at the end where the configuration has the table taken away', async () => {
    await using net = await netns();
    const options = 'on_stop = remove';
    await using daemon = await Daemon.start(net.server, { doors: SSH, options });
    expect(existsSync(guardOf(daemon))).toBe(true);
    await daemon.stop();
    expect(existsSync(guardOf(daemon))).toBe(false);
  });

  it('does not keep the daemon from running where it can’t be kept', async () => {
    await using net = await netns();
    await using first = await Daemon.start(net.server, { doors: SSH });
    await first.stop();
    mkdirSync(`${guardOf(first)}.new`);
    writeFileSync(join(`${guardOf(first)}.new`, 'x'), '');
    const doors = SSH.replace('tcp/22', 'tcp/23');
    await using second = await Daemon.start(net.server, { doors, after: first });
    await expect
      .poll(() => second.said.join('\n'))
      .toMatch(/the guard is not kept for the next boot: .+/);
    expect(readFileSync(guardOf(first), 'utf8')).toContain('tcp dport 22');
  });
});

function guardOf({ stateFolder }: Daemon): string {
  return join(stateFolder, 'guard.nft');
}

/** What systemd would run first and then, with the daemon's state folder in place of the installed one's. */
function unitCommands({ stateFolder }: Daemon): { load: string[]; watch: string[] } {
  const { stdout } = postern(['print', 'guard-unit']);
  const [load, watch] = [/^ExecStartPre=-(.*)$/m, /^ExecStart=(.*)$/m].map((line) => {
    const [, ...words] = /^(\S+) (\S+) '([^']+)'$/.exec(line.exec(stdout)![1]!)!;
    return words.map((word) => word.replaceAll('/var/lib/postern', stateFolder));
  });
  return { load: load!, watch: watch! };
}

/** A folder that has these programs alone. */
function pathOf({ folder }: Daemon, names: readonly string[]): string {
  const path = join(folder, 'bin');
  mkdirSync(path);
  for (const name of names) {
    const at = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(at, join(path, name));
  }
  return path;
}
