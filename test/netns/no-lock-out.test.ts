import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { until } from '../support/until.ts';

const SSH = `
[ssh]
 sequence = 7001,7002,7003
 tcpflags = syn
 open = tcp/22
`;
const WEB = `
[web]
 sequence = 7101,7102
 tcpflags = syn
 open = tcp/80, udp/5000-5003
`;

/** Runs `postern` inside the server's namespace, where a daemon may run or not. */
function postern(net: Netns, ...args: string[]): { status: number | null; said: string } {
  const command = net.server.enter([process.execPath, join(CLI, 'main.js'), ...args]);
  const { status, stdout, stderr } = spawnSync(...command, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

async function listen(net: Netns, ...ports: number[]): Promise<void> {
  const agent = await net.server.agent();
  for (const port of ports) await agent.call('listenTcp', port);
}

async function connect(net: Netns, port = 22): Promise<string> {
  return (await net.client.agent()).call('connect', SERVER[4], port);
}

describe.skipIf(noNetns)('nobody is locked out', () => {
  it('by a trial: the kernel lifts the guard unless somebody confirms it, daemon or no daemon', async () => {
    await using net = await netns();
    await listen(net, 22);
    expect(await connect(net)).toBe('open');
    const flags = ['--trial', '3s'];
    await using daemon = await Daemon.start(net.server, { doors: SSH, flags });
    const beganMs = Date.now();
    await expect
      .poll(() => daemon.said.join('\n'))
      .toContain('guarded on trial for 3 s: tcp/22. Keep the guard: postern confirm');
    expect(await connect(net)).toBe('silent');
    await daemon.stop('SIGKILL');
    expect(await connect(net)).toBe('silent');
    await until(async () => (await connect(net)) === 'open', 10_000);
    expect(Date.now() - beganMs).toBeGreaterThan(2500);
    expect(postern(net, 'confirm')).toEqual({
      status: 1,
      said: 'postern: too late for tcp/22: the guard is lifted; start the trial anew\n',
    });
  });

  it('by a trial that was confirmed in time: then the guard stays, and heals', async () => {
    await using net = await netns();
    await listen(net, 22);
    const options = { doors: SSH, flags: ['--trial', '3s'] };
    await using daemon = await Daemon.start(net.server, options);
    expect(postern(net, 'confirm')).toEqual({
      status: 0,
      said: 'guarded from now on: tcp/22\n',
    });
    expect(postern(net, 'confirm')).toEqual({ status: 0, said: 'nothing is on trial\n' });
    await daemon.until(() => daemon.said.some((line) => line.includes('a guard was confirmed')));
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(await connect(net)).toBe('silent');
    expect(net.server.run(['nft', 'list', 'table', 'inet', 'postern'])).not.toContain('trial');
    net.server.nft('flush ruleset');
    await daemon.until(() => daemon.said.some((line) => line.includes('it was gone')));
    expect(await connect(net)).toBe('silent');
    expect(daemon.said.join('\n')).not.toContain('nobody confirmed');
  });

  it('by a trial over a flush: what was left of its time is what it gets', async () => {
    await using net = await netns();
    await listen(net, 22);
    await using daemon = await Daemon.start(net.server, { doors: SSH, flags: ['--trial', '4s'] });
    const beganMs = Date.now();
    net.server.nft('flush ruleset');
    expect(await daemon.until(() => daemon.said.some((line) => line.includes('it was gone')))).toBe(
      true,
    );
    expect(await connect(net)).toBe('silent');
    await until(async () => (await connect(net)) === 'open', 10_000);
    expect(Date.now() - beganMs).toBeLessThan(6000);
    await daemon.until(() => daemon.said.some((line) => line.includes('nobody confirmed: tcp/22')));
    await expect
      .poll(() => daemon.said.join('\n'))
      .toContain('nobody confirmed: tcp/22 is open to everybody');
    expect(postern(net, 'status', '-s', daemon.controlSocket).said).toContain(
      '\nnobody confirmed: tcp/22 is open to everybody\n',
    );
  });

  it('and a trial takes no guard away that stood before', async () => {
    await using net = await netns();
    await listen(net, 22, 80);
    await using first = await Daemon.start(net.server, { doors: SSH });
    await first.stop();
    const options = { doors: SSH + WEB, flags: ['--trial', '2s'], after: first };
    await using second = await Daemon.start(net.server, options);
    await expect
      .poll(() => second.said.join('\n'))
      .toContain('guarded on trial for 2 s: tcp/80, udp/5000-5003');
    expect([await connect(net), await connect(net, 80)]).toEqual(['silent', 'silent']);
    await until(async () => (await connect(net, 80)) === 'open', 10_000);
    expect(await connect(net)).toBe('silent');
  });

  it('by an emergency: a door’s guard is lifted for a time, and healing leaves that alone', async () => {
    await using net = await netns();
    await listen(net, 22, 80);
    await using daemon = await Daemon.start(net.server, { doors: SSH + WEB });
    expect(await connect(net)).toBe('silent');
    const open = (...args: string[]): ReturnType<typeof postern> =>
      postern(net, 'emergency-open', ...args, '-c', daemon.configFile);
    expect(open('ssh', '--for', '10m')).toEqual({
      status: 0,
      said: 'tcp/22: open to everybody for 10 min\n',
    });
    expect([await connect(net), await connect(net, 80)]).toEqual(['open', 'silent']);
    net.server.nft('flush ruleset');
    await daemon.until(() => daemon.said.some((line) => line.includes('it was gone')));
    expect([await connect(net), await connect(net, 80)]).toEqual(['open', 'silent']);

    // Asked again, the time is the new one, shorter, too; and it needs no daemon.
    await daemon.stop('SIGKILL');
    expect(open('ssh', '--for', '2s').status).toBe(0);
    expect(await connect(net)).toBe('open');
    await until(async () => (await connect(net)) === 'silent', 10_000);

    expect(open('shh', '--for', '2s')).toEqual({
      status: 1,
      said: 'postern: no door is called shh\n',
    });
    expect(open('ssh', '--for', 'soon').status).toBe(2);
    expect(open('ssh', '--for', '30d').status).toBe(2);
    expect(postern(net, 'remove-table').status).toBe(0);
    expect(open('ssh', '--for', '2s')).toEqual({
      status: 0,
      said: 'no table inet postern guards tcp/22\n',
    });
  });

  it('where a daemon owns the table, by being told what to do first', async () => {
    await using net = await netns();
    await listen(net, 22);
    const options = { doors: SSH, options: 'owner = yes' };
    await using daemon = await Daemon.start(net.server, { ...options, flags: ['--trial', '1m'] });
    const open = (): ReturnType<typeof postern> =>
      postern(net, 'emergency-open', 'ssh', '--for', '10m', '-c', daemon.configFile);
    const refused = { status: 1, said: expect.stringContaining('stop the daemon') as string };
    expect([open(), postern(net, 'confirm')]).toEqual([refused, refused]);
    await daemon.stop();
    expect(postern(net, 'confirm')).toEqual({ status: 0, said: 'guarded from now on: tcp/22\n' });
    expect(open().status).toBe(0);
    await using next = await Daemon.start(net.server, { ...options, after: daemon });
    expect(next.said.join('\n')).not.toContain('trial');
    expect(await connect(net)).toBe('open');
  });

  it('without being told: the first guard names who is logged in through its ports', async () => {
    await using net = await netns();
    const spawned = net.server.spawn(['nc', '-l', '-k', '22']);
    await until(() => net.server.run(['ss', '-Hltn']).includes(':22'));
    const session = net.client.spawn(['nc', SERVER[4], '22']);
    await until(() => net.server.run(['ss', '-Htn', 'state', 'established']).includes(':22'));
    await using daemon = await Daemon.start(net.server, { doors: SSH });
    const line = `logged in through tcp/22: ${CLIENT[4]}. These sessions go on; whoever comes again has to knock`;
    const at = daemon.said.findIndex((said) => said.includes(line));
    expect(at).toBeGreaterThanOrEqual(0);
    await daemon.stop();
    await using second = await Daemon.start(net.server, { doors: SSH, after: daemon });
    expect(second.said.join('\n')).not.toContain('logged in');
    expect([session.exitCode, spawned.exitCode]).toEqual([null, null]);
  });
});
