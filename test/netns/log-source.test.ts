import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { jsonLines, postern } from '../support/cli.ts';
import { CLI, Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { elementsOf } from '../support/sets.ts';

const DOORS = '[ssh]\n sequence = 7001,8002:udp,9003\n tcpflags = syn\n open = tcp/22\n';
const PORTS = ['7001', '8002:udp', '9003'];

describe.skipIf(noNetns)('a daemon that follows a firewall’s log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-kern-log-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const knockInto = (net: Netns, log: string, format = 'iptables'): void => {
    const knock = [process.execPath, join(CLI, 'knock.js'), '--to-log', log, '--format', format];
    net.client.run([...knock, SERVER[4], ...PORTS]);
  };

  it('opens to who knocked by its lines, without a ring, and tells of them', async () => {
    await using net = await netns();
    const log = join(folder, 'kern.log');
    writeFileSync(log, '');
    knockInto(net, log);
    const options = ` source = log:${log}\n`;
    await using daemon = await Daemon.start(net.server, { doors: DOORS, options, interfaces: [] });
    expect(daemon.of('listening')).toMatchObject([{ interfaces: [`log:${log}`] }]);
    appendFileSync(log, 'Nov 24 09:08:07 gw mallory: postern: IN=eth0\n');
    knockInto(net, log);
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ source: CLIENT[4] }]);
    expect(elementsOf(net.server, 'open4')).toMatchObject([{ address: CLIENT[4], port: 22 }]);

    const status = postern(['status', '-s', daemon.controlSocket]).stdout;
    expect(status.replaceAll(' ', ' ')).toContain(
      `log:${log}: 3 packets seen, 0 dropped, 3 knocks\n  log:${log}: 4 lines: 3 packets, 1 not of the kernel\n`,
    );
    const json = jsonLines(postern(['status', '-s', daemon.controlSocket, '--json']).stdout)[0];
    expect(json).toMatchObject({ sources: [{ name: `log:${log}`, lines: { matched: 3 } }] });
    expect(await daemon.stop()).toBe(0);
    expect(daemon.of('open')).toHaveLength(1);
  });

  it('hears its interfaces beside it, if told so, on the command line too', async () => {
    await using net = await netns();
    const log = join(folder, 'beside.log');
    const flags = ['--source', `log:${log}`, '--source', 'ring'];
    await using daemon = await Daemon.start(net.server, { doors: DOORS, flags });
    expect(daemon.of('listening')).toMatchObject([{ interfaces: [`log:${log}`, 'srv0'] }]);
    await expect
      .poll(() => daemon.said)
      .toContainEqual(expect.stringContaining('it is not there; waiting for it'));
    const knock = [process.execPath, join(CLI, 'knock.js'), '-d', '20'];
    net.client.run([...knock, SERVER[4], ...PORTS]);
    await daemon.atLeast(1, 'open');
    knockInto(net, log, 'ipchains');
    expect(await daemon.atLeast(2, 'open', 10_000)).toMatchObject([
      { source: CLIENT[4], renewed: false },
      { source: CLIENT[4], renewed: true },
    ]);
  });

  it('goes on behind a rotation', async () => {
    await using net = await netns();
    const log = join(folder, 'rotated.log');
    writeFileSync(log, '');
    const options = ` source = log:${log}\n`;
    await using daemon = await Daemon.start(net.server, { doors: DOORS, options, interfaces: [] });
    for (let round = 1; round <= 3; round++) {
      knockInto(net, log);
      expect(await daemon.atLeast(round, 'open', 10_000)).toHaveLength(round);
      rmSync(log);
    }
  });

  it('ends with the reason if it may not read it', async () => {
    await using net = await netns();
    const log = join(folder, 'secret.log');
    writeFileSync(log, '');
    chmodSync(folder, 0o711);
    chmodSync(log, 0o600);
    const options = ` source = log:${log}\n`;
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options,
      interfaces: [],
      user: 'nobody',
      readyWord: undefined,
    });
    expect(await daemon.ended).not.toBe(0);
    await expect.poll(() => daemon.said.join('\n')).toContain(`can't read ${log}`);
  });
});
