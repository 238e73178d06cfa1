import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectResult } from '../support/agent.ts';
import { DEBIANS, DebianRoot, makePackage, noDebian, withVersion } from '../support/debian-root.ts';
import { FrameSender, knocks } from '../support/frame-sender.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';
import { sendRaw, tcpPacket, type RawReport } from '../support/raw-tcp.ts';
import { until } from '../support/until.ts';

const DOORS = '[ssh]\n sequence = 7000,8000\n open = tcp/22\n open_for = 10m\n';
const CONFIGURATION = '/etc/knockd.conf';
/** So much of a root as dpkg and useradd need. */
const EMPTY_ROOT = `
mkdir -p /other/var/lib/dpkg/info /other/var/lib/dpkg/updates /other/etc/default
touch /other/var/lib/dpkg/status
cp /etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/login.defs /other/etc`;
const SYNS = Array.from({ length: 500 }, (_, nth) =>
  tcpPacket({ from: CLIENT[4], to: SERVER[4], tcp: { from: 20_000 + nth, to: 22, flags: 2 } }),
);

describe.skipIf(noNetns ?? noDebian).each(DEBIANS)('the package on %s', (_, lower) => {
  let folder: string;
  let [first, second] = ['', ''];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-package-'));
    first = makePackage();
    second = withVersion(first, '99.0.0-1', folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('R-102: upgraded, lets no SYN through; removed and purged, leaves no table and no file', async () => {
    await using net = await netns();
    await using root = await DebianRoot.over(lower, net.server);
    const server = await net.server.agent();
    await server.call('listenTcp', 22);
    const installed = root.install(first);
    expect(installed).toContain('postern: nothing is turned on yet.');
    root.write(CONFIGURATION, DOORS);
    let daemon = await started(root);
    await new FrameSender(net.client).send(knocks('7000,8000', { from: OTHER[4] }));
    await until(() => grants(net).includes(OTHER[4]), 20_000);
    expect(await connect(net, CLIENT[4])).toBe('silent');

    const hammer = new Hammer(net);
    root.install(second);
    expect(daemon.exitCode).toBe(null); // an upgrade stops nothing
    for (let turn = 0; turn < 2; turn++) {
      // What try-restart does where systemd runs.
      daemon.kill('SIGTERM');
      await once(daemon, 'exit');
      daemon = await started(root);
    }
    const { sent, synAcks } = await hammer.end();
    console.log(`${sent} SYNs sent during the upgrade`);
    expect(sent).toBeGreaterThan(1000);
    expect(synAcks).toBe(0);
    expect(await connect(net, OTHER[4])).toBe('open');
    expect(root.run(['dpkg-query', '-W', '-f', '${Version}', 'postern'])).toBe('99.0.0-1');

    // Who started it does not matter: it would make the table again.
    const gone = once(daemon, 'exit');
    expect(root.run(['dpkg', '-r', 'postern'])).toContain('table inet postern is gone');
    await gone;
    expect(net.server.run(['nft', 'list', 'ruleset'])).toBe('');
    expect(await connect(net, CLIENT[4])).toBe('open');
    expect(root.run(['cat', CONFIGURATION])).toBe(DOORS);

    root.run(['dpkg', '-P', 'postern']);
    expect(root.changed().filter((path) => !isOfDebian(path))).toEqual([]);
  }, 180_000);

  it('removed from a chroot, leaves the host’s table', async () => {
    await using net = await netns();
    await using root = await DebianRoot.over(lower, net.server);
    const tables = (): string => net.server.run(['nft', 'list', 'tables']);
    for (const [remove, left] of [
      [['dpkg', '-r', 'postern'], 'table inet postern\n'],
      [['sh', '-c', 'cp /bin/false /usr/bin/ischroot; dpkg -r postern'], ''], // a whole system, to the script
    ] as const) {
      root.install(first);
      net.server.nft('table inet postern');
      root.run(remove);
      expect(tables()).toBe(left);
    }
  });

  it('fills a root from outside, and leaves ours as it is', async () => {
    await using net = await netns();
    await using root = await DebianRoot.over(lower, net.server);
    net.server.nft('table inet postern');
    root.write('/package.deb', ''); // before what has changed is looked at
    root.run(['sh', '-c', EMPTY_ROOT]);
    const before = root.changed().filter((path) => !path.startsWith('/other/'));
    const flags = '--root=/other --log=/dev/null --force-script-chrootless --force-depends';
    root.lay(first);
    const dpkg = (...rest: string[]): string => root.run(['dpkg', ...flags.split(' '), ...rest]);
    dpkg('-i', '/package.deb');
    expect(root.run(['stat', '-c', '%a', `/other${CONFIGURATION}`])).toBe('640\n');
    dpkg('-P', 'postern');
    expect(net.server.run(['nft', 'list', 'tables'])).toBe('table inet postern\n');
    expect(root.changed().filter((path) => !path.startsWith('/other/'))).toEqual(before);
    expect(root.changed().filter((path) => path.includes('/other/etc/knockd'))).toEqual([]);
  });

  it('keeps what knockd’s administrator wrote, and turns on what fits it where knockd was on', async () => {
    await using net = await netns();
    await using root = await DebianRoot.over(lower, net.server);
    const links = '/etc/systemd/system/multi-user.target.wants';
    root.write(CONFIGURATION, DOORS);
    root.write('/etc/default/knockd', 'START_KNOCKD=0\n#KNOCKD_OPTS="-i eth1"\n');
    root.run(['mkdir', '-p', links]);
    root.run(['ln', '-sf', '/lib/systemd/system/knockd.service', `${links}/knockd.service`]);
    expect(root.install(first)).toContain('postern.service takes the place of knockd');
    expect(root.run(['cat', CONFIGURATION])).toBe(DOORS);
    expect(root.run(['stat', '-c', '%U %G %a', CONFIGURATION])).toBe('root postern 640\n');
    const enabled = root.run(['sh', '-c', `readlink ${links}/postern.service; ls ${links}`]);
    expect(enabled).toMatch(/^\/usr\/lib\/systemd\/system\/postern.service\n/);
    expect(enabled).not.toContain('knockd.service');
    expect(root.run(['ls', '/etc/systemd/system/sysinit.target.wants'])).toContain('postern-guard');
    // The commands work by the names that scripts know.
    expect(root.run(['knockd', '-V'])).toMatch(/^knockd 0\.8 \(Postern /);
    expect(root.run(['knock', '-V'])).toMatch(/^knock 0\.8 \(Postern /);
    expect(root.run(['postern', 'check'])).toContain('its unit is postern.service');
  });

  it('turns the unit for commands on where doors run some, or flags are given', async () => {
    await using net = await netns();
    for (const [doors, defaults] of [
      ['[x]\n sequence = 7000\n start_command = true\n', 'START_KNOCKD=1\n'],
      [DOORS, 'START_KNOCKD=1\nKNOCKD_OPTS="-i eth1"\n'],
    ] as const) {
      await using root = await DebianRoot.over(lower, net.server);
      const links = '/etc/systemd/system/multi-user.target.wants';
      root.write(CONFIGURATION, doors);
      root.write('/etc/default/knockd', defaults);
      root.run(['mkdir', '-p', links]);
      root.run(['ln', '-sf', '/lib/systemd/system/knockd.service', `${links}/knockd.service`]);
      expect(root.install(first)).toContain('knockd.service takes the place of knockd');
      expect(root.run(['ls', links])).toContain('knockd.service');
      expect(root.run(['cat', '/etc/default/knockd'])).toBe(defaults);
    }
  });
});

describe.skipIf(noDebian)('making the package', () => {
  it('twice gives the same bytes', () => {
    const sum = (): string =>
      createHash('sha256').update(readFileSync(makePackage())).digest('hex');
    expect(sum()).toBe(sum());
  });
});

async function started(root: DebianRoot): Promise<ChildProcess> {
  const daemon = root.spawn(['postern', 'run', '-i', 'srv0']);
  await new Promise<void>((ready, fail) => {
    daemon.stdout!.on('data', (text) => String(text).includes('listening') && ready());
    daemon.once('exit', (code) => fail(new Error(`the daemon ended: ${code}`)));
  });
  return daemon;
}

/** Sends SYNs without a pause: while one sender starts, the other is at it. */
class Hammer {
  readonly #senders: readonly Promise<RawReport[]>[];
  #isOver = false;

  constructor(net: Netns) {
    this.#senders = [1, 0.7].map((seconds) => this.#send(net, seconds));
  }

  async end(): Promise<{ sent: number; synAcks: number }> {
    this.#isOver = true;
    const reports = (await Promise.all(this.#senders)).flat();
    return {
      sent: reports.reduce((sum, { sent }) => sum + sent, 0),
      synAcks: reports.reduce((sum, { synAcks }) => sum + Object.keys(synAcks).length, 0),
    };
  }

  async #send(net: Netns, seconds: number): Promise<RawReport[]> {
    const reports: RawReport[] = [];
    do {
      reports.push(await sendRaw(net.client, { packets: SYNS, perSecond: 2000, seconds }));
    } while (!this.#isOver);
    return reports;
  }
}

async function connect(net: Netns, from: string): Promise<ConnectResult> {
  return (await net.client.agent()).call('connect', SERVER[4], 22, { from });
}

function grants(net: Netns): string {
  return net.server.run(['nft', 'list', 'set', 'inet', 'postern', 'open4']);
}

/** What dpkg and useradd write on every occasion; and knockd's removal takes rights from its init script. */
function isOfDebian(path: string): boolean {
  return (
    path === '/etc/init.d/knockd' ||
    /^\/var\/(lib\/dpkg|log|cache)\//.test(path) ||
    /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid|ld\.so\.cache|\.pwd\.lock)-?$/.test(path)
  );
}
