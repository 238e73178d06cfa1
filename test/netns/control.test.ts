import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { jsonLines, postern, type Ran } from '../support/cli.ts';
import { BROKEN_FILES } from '../support/broken-files.ts';
import { CLI, Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { elementsOf } from '../support/sets.ts';
import { passed } from '../support/wait.ts';

const DOORS = `
[ssh]
 sequence = 7001,7002,7003
 tcpflags = syn
 open = tcp/22
 open_for = 30s
[net6]
 sequence = 7101,7102
 open = udp/51820
 open_prefix6 = 64
[classic]
 sequence = 7201,7202
 start_command = /bin/true %IP%
 cmd_timeout = 1
`;
const isRoot = process.getuid?.() === 0;

function ask(daemon: Daemon, ...args: string[]): Ran {
  return postern([...args, '-s', daemon.controlSocket]);
}

function knock(net: Netns, ...steps: string[]): void {
  net.client.run(['knock', '-d', '5', SERVER[4], ...steps]);
}

/** Lines that the daemon writes to whoever sends these bytes. */
async function* raw(daemon: Daemon, bytes: string): AsyncGenerator<Record<string, unknown>> {
  const socket = await connected(daemon);
  socket.write(bytes);
  for await (const line of createInterface({ input: socket })) {
    yield JSON.parse(line) as Record<string, unknown>;
  }
}

async function connected(daemon: Daemon): Promise<Socket> {
  const socket = connect(daemon.controlSocket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe.skipIf(noNetns)('the control socket', () => {
  it('lists when silence ends a grant, as the kernel has it, and when it ends whatever is said', async () => {
    await using net = await netns();
    await (await net.server.agent()).call('listenTcp', 22);
    const session = ' while_connected = yes\n idle_for = 20s\n max_open = 1h\n';
    const doors = DOORS.replace('open_for = 30s\n', `open_for = 50s\n${session}`);
    await using daemon = await Daemon.start(net.server, { doors });
    knock(net, '7001', '7002', '7003');
    await daemon.atLeast(1, 'open');
    const listed = () => {
      const [answer] = jsonLines(ask(daemon, 'list', '--json').stdout);
      const [grant] = answer!['grants'] as { leftSeconds: number; silenceSeconds: number }[];
      return grant!;
    };
    const fresh = listed();
    expect(fresh.leftSeconds).toBeGreaterThan(3500);
    expect(fresh.silenceSeconds).toBeGreaterThan(40);
    expect(fresh.silenceSeconds).toBeLessThanOrEqual(50);
    expect(await (await net.client.agent()).call('connect', SERVER[4], 22)).toBe('open');
    expect(listed().silenceSeconds).toBeLessThanOrEqual(20);
    expect(ask(daemon, 'list').stdout).toMatch(/\d+ s if silent, else (1 h|60 min|59 min)/);
  });

  it('shows each port closed, open or lifted, and who listens there', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const state = (port: string): string =>
      ask(daemon, 'status', '--ports')
        .stdout.split('\n')
        .find((line) => line.startsWith(`${port} `))!
        .replaceAll(/ {2,}/g, ' | ');
    expect(state('tcp/22')).toBe('tcp/22 | opened by ssh | closed | none');
    expect(state('tcp/7001')).toBe('tcp/7001 | knock of ssh | - | none');
    knock(net, '7001', '7002', '7003');
    await daemon.atLeast(1, 'open');
    expect(state('tcp/22')).toBe('tcp/22 | opened by ssh | open for 1 source | none');
    net.server.run([
      'nft',
      'add',
      'element',
      'inet',
      'postern',
      'lifted',
      '{ 6 . 22 timeout 60s }',
    ]);
    expect(state('tcp/22')).toBe('tcp/22 | opened by ssh | open to everybody | none');
  });

  it('lists thousands of grants as the kernel has them, and answers others meanwhile', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const requests = Array.from({ length: 32 }, (_, nth) =>
      JSON.stringify({
        v: 1,
        do: 'grant',
        door: 'ssh',
        source: `10.1.${nth}.0/24`,
        forSeconds: 600,
      }),
    );
    const granting = raw(daemon, requests.map((line) => `${line}\n`).join(''));
    for (let nth = 0; nth < requests.length; nth++) {
      expect((await granting.next()).value).toMatchObject({ granted: 256 });
    }
    const answered: string[] = [];
    const answer = async (request: string) => {
      const { value } = await raw(daemon, `{"v":1,"do":"${request}"}\n`).next();
      answered.push(request);
      return value!;
    };
    const [list] = await Promise.all([answer('list'), answer('status')]);
    expect(answered).toEqual(['status', 'list']);
    const grants = list['grants'] as { source: string; leftSeconds: number }[];
    expect(new Set(grants.map(({ source }) => source)).size).toBe(32 * 256);
    const left = grants.map(({ leftSeconds }) => leftSeconds);
    expect(Math.min(...left)).toBeGreaterThan(500);
    expect(Math.max(...left)).toBeLessThanOrEqual(600);
  });

  it('shows who is let in, by a knock and by hand, and shuts them out again', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    expect(ask(daemon, 'list')).toMatchObject({ status: 0, stdout: 'nobody is let in\n' });
    knock(net, '7001', '7002', '7003');
    await daemon.atLeast(1, 'open');

    const granted = ask(daemon, 'grant', 'ssh', '198.51.100.7', '--for', '10m');
    expect(granted).toEqual({
      status: 0,
      stdout: '198.51.100.7: ssh: open tcp/22 for 10 min\n',
      stderr: '',
    });
    expect(await daemon.atLeast(2, 'open')).toMatchObject([
      { source: CLIENT[4] },
      { source: '198.51.100.7', door: 'ssh', openForSeconds: 600 },
    ]);
    const [{ grants } = { grants: [] }] = jsonLines(ask(daemon, 'list', '--json').stdout) as {
      grants: { source: string; leftSeconds: number; by: string }[];
    }[];
    expect(grants).toMatchObject([
      { door: 'ssh', source: CLIENT[4], by: 'knock' },
      { door: 'ssh', source: '198.51.100.7', by: `uid ${isRoot ? 0 : process.getuid!()}` },
    ]);
    // What the kernel says is left, and what we say.
    for (const element of elementsOf(net.server)) {
      const line = grants.find(({ source }) => source === element.address)!;
      expect(Math.abs(line.leftSeconds - element.expiresSeconds)).toBeLessThan(2);
    }
    expect(ask(daemon, 'list').stdout).toMatch(
      /^DOOR +SOURCE +PORTS +LEFT +BY\nssh +10\.77\.0\.1 /,
    );

    expect(ask(daemon, 'revoke', 'ssh', CLIENT[4])).toMatchObject({
      status: 0,
      stdout: `${CLIENT[4]}: ssh: closed (revoked)\n`,
    });
    expect(elementsOf(net.server).map(({ address }) => address)).toEqual(['198.51.100.7']);
    expect(await daemon.atLeast(1, 'close')).toMatchObject([
      { source: CLIENT[4], reason: 'revoked' },
    ]);
    expect(ask(daemon, 'revoke', 'ssh', CLIENT[4]).stdout).toBe('there was nothing to revoke\n');
    expect(ask(daemon, 'revoke', '--source', '198.51.100.0/24')).toMatchObject({ status: 0 });
    expect(elementsOf(net.server)).toEqual([]);
  });

  it('lets in networks up to /24 and /56, all at once', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    expect(ask(daemon, 'grant', 'ssh', '198.51.100.0/24')).toMatchObject({
      status: 0,
      stdout: '198.51.100.0/24 (256 addresses): ssh: open tcp/22 for 30 s\n',
    });
    expect(elementsOf(net.server)).toHaveLength(256);
    expect(ask(daemon, 'grant', 'net6', '2001:db8:0:100::/56').status).toBe(0);
    expect(ask(daemon, 'status').stdout).toMatch(/\n512 let in\n/);
    expect(ask(daemon, 'revoke', 'ssh').stdout.split('\n')).toHaveLength(257);
    expect(ask(daemon, 'revoke', 'net6', '2001:db8:0:100::/57').stdout.split('\n')).toHaveLength(
      129,
    );
    expect(ask(daemon, 'status').stdout).toMatch(/\n128 let in\n/);
  });

  it.each([
    [['grant', 'shh', '198.51.100.7'], 'no door is called "shh"'],
    [['grant', 'ssh', '198.51.100.300'], '"198.51.100.300" is not a network'],
    [['grant', 'ssh', '198.51.0.0/16'], '/16 is too wide'],
    [['grant', 'ssh', '2001:db8::/56'], 'addresses one by one'],
    [['grant', 'ssh', '0.0.0.0'], 'nobody has the address'],
    [['grant', 'ssh', '::ffff:0.0.0.0'], 'nobody has the address'],
    [['grant', 'ssh', '::ffff:198.51.0.0/112'], '/16 is too wide'],
    [['grant', 'ssh', '198.51.100.7', '--for', '30d'], '2592000 s is not from'],
    [['grant', 'ssh', '198.51.100.7', '--for', '1ms'], '0.001 s is not from'],
  ])('says of %j what is wrong, and does nothing', async (args, reason) => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const { status, stdout, stderr } = ask(daemon, ...args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(reason);
    expect(elementsOf(net.server)).toEqual([]);
    const [answer] = jsonLines(ask(daemon, 'status', '--json').stdout);
    expect(Object.values((answer!['control'] as { errors: object }).errors)).toEqual([1]);
  });

  it('answers lines that are none with an error, and goes on', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const answers = raw(daemon, 'hello\n{"v":9,"do":"status"}\n\n{"v":1,"do":"list"}\n');
    const read = async (): Promise<unknown> => (await answers.next()).value as unknown;
    expect(await read()).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } });
    expect(await read()).toMatchObject({ ok: false, error: { code: 'UNSUPPORTED_VERSION' } });
    expect(await read()).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } });
    expect(await read()).toMatchObject({ v: 1, ok: true, grants: [] });
    await answers.return(undefined);

    const long = [];
    for await (const answer of raw(daemon, 'x'.repeat(100_000))) long.push(answer);
    expect(long).toMatchObject([{ ok: false, error: { code: 'TOO_LONG' } }]);
    const [status] = jsonLines(ask(daemon, 'status', '--json').stdout);
    expect(status!['control']).toMatchObject({
      errors: { BAD_REQUEST: 2, UNSUPPORTED_VERSION: 1, TOO_LONG: 1 },
    });
    knock(net, '7001', '7002', '7003');
    expect(await daemon.atLeast(1, 'open')).toHaveLength(1);
  });

  it('reads no further requests of who does not read the answers', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    for (let nth = 0; nth < 8; nth++) {
      expect(ask(daemon, 'grant', 'ssh', `10.1.${nth}.0/24`, '--for', '10m').status).toBe(0);
    }
    const socket = await connected(daemon);
    socket.pause();
    socket.write('{"v":1,"do":"list"}\n'.repeat(1000));
    const requests = (): number => {
      const [status] = jsonLines(ask(daemon, 'status', '--json').stdout);
      return (status!['control'] as { requests: number }).requests;
    };
    for (let before = -1, now = requests(); now > before + 1; before = now, now = requests()) {
      await passed(300);
    }
    expect(requests()).toBeLessThan(100);
    socket.destroy();
    expect(ask(daemon, 'status').status).toBe(0);
  });

  it('holds no more clients than 64, and outlives them', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const before = daemon.openDescriptors();
    const clients = await Promise.all(Array.from({ length: 100 }, () => connected(daemon)));
    await daemon.until(() => daemon.openDescriptors() <= before + 64, 5000);
    expect(daemon.openDescriptors()).toBeLessThanOrEqual(before + 64);
    for (const client of clients) client.destroy();
    expect(await daemon.until(() => daemon.openDescriptors() === before, 5000)).toBe(true);
    expect(ask(daemon, 'status').status).toBe(0);
  });

  it.skipIf(!isRoot)(
    'lets a group look, and only root and its own user change things',
    async () => {
      await using net = await netns();
      const options = { doors: DOORS, options: 'control_group = nogroup' };
      await using daemon = await Daemon.start(net.server, options);
      chmodSync(daemon.folder, 0o755);
      const as = (gid: number, ...args: string[]): Ran => {
        const command = [join(CLI, 'main.js'), ...args, '-s', daemon.controlSocket];
        const ids = [`--reuid=65534`, `--regid=${gid}`, '--clear-groups'];
        return spawnSync('setpriv', [...ids, process.execPath, ...command], { encoding: 'utf8' });
      };
      expect(lstatSync(daemon.controlSocket).mode & 0o777).toBe(0o660);
      expect(as(65534, 'list')).toMatchObject({ status: 0, stdout: 'nobody is let in\n' });
      for (const args of [['grant', 'ssh', '1.2.3.4'], ['revoke', 'ssh'], ['reload']]) {
        const { status, stderr } = as(65534, ...args);
        expect({ status, stderr }).toEqual({
          status: 1,
          stderr: `postern: ${args[0]} is for root and the daemon's own user\n`,
        });
      }
      expect(as(1, 'status')).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('is not for you') as string,
      });
      expect(elementsOf(net.server)).toEqual([]);
      const [status] = jsonLines(ask(daemon, 'status', '--json').stdout);
      expect(status!['control']).toMatchObject({ errors: { DENIED: 3 } });
    },
  );

  it.skipIf(!isRoot)('keeps room for who may change things, however many look', async () => {
    await using net = await netns();
    const options = { doors: DOORS, options: 'control_group = nogroup' };
    await using daemon = await Daemon.start(net.server, options);
    chmodSync(daemon.folder, 0o755);
    const before = daemon.openDescriptors();
    const connects = `for (let nth = 0; nth < 100; nth++)
      require('node:net').connect(process.argv[1]).on('error', () => {});
      setTimeout(() => {}, 60_000);`;
    const ids = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    const command = [process.execPath, '-e', connects, daemon.controlSocket];
    net.server.spawn(['setpriv', ...ids, ...command]);
    expect(await daemon.until(() => daemon.openDescriptors() === before + 48, 5000)).toBe(true);
    await passed(300);
    expect(daemon.openDescriptors()).toBe(before + 48);
    expect(ask(daemon, 'grant', 'ssh', '198.51.100.7').status).toBe(0);
  });

  it('is not there for others without a group', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    expect(statSync(daemon.controlSocket).mode & 0o777).toBe(0o600);
    expect(await daemon.stop()).toBe(0);
    expect(existsSync(daemon.controlSocket)).toBe(false);
  });

  it.each(['status', 'list', 'watch', 'reload', 'revoke ssh', 'grant ssh 1.2.3.4'])(
    'without a daemon %s exits with 3',
    (line) => {
      const { status, stderr } = postern([...line.split(' '), '-s', '/nonexistent/control.sock']);
      expect({ status, stderr }).toEqual({
        status: 3,
        stderr: 'postern: no daemon runs: nobody answers at /nonexistent/control.sock\n',
      });
    },
  );

  it.each(['/proc/none/control.sock', `/tmp/${'long'.repeat(30)}.sock`, '/nowhere/at/all.sock'])(
    'is done without where it can’t be: %s',
    async (path) => {
      await using net = await netns();
      const options = `control_socket = ${path}`;
      await using daemon = await Daemon.start(net.server, { doors: DOORS, options });
      await expect.poll(() => daemon.said.join('\n')).toContain('postern: no control socket: ');
      knock(net, '7001', '7002', '7003');
      expect(await daemon.atLeast(1, 'open')).toHaveLength(1);
    },
  );

  it('is taken over from a daemon that was killed, and left to one that lives', async () => {
    await using net = await netns();
    await using first = await Daemon.start(net.server, { doors: DOORS });
    await first.stop('SIGKILL');
    expect(existsSync(first.controlSocket)).toBe(true);
    expect(ask(first, 'status').status).toBe(3);
    await using second = await Daemon.start(net.server, { doors: DOORS, after: first });
    expect(ask(second, 'status').stdout).toContain(`pid ${second.pid},`);

    const options = `control_socket = ${second.controlSocket}`;
    await using other = await netns();
    await using third = await Daemon.start(other.server, { doors: DOORS, options });
    await expect
      .poll(() => third.said.join('\n'))
      .toContain(`another daemon answers at ${second.controlSocket}`);
    await third.stop();
    expect(ask(second, 'status').status).toBe(0);
  });

  it('streams what happens to who watches', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const watched = raw(daemon, '{"v":1,"do":"watch"}\n');
    expect((await watched.next()).value).toEqual({ v: 1, ok: true });
    knock(net, '7001', '7002', '7003');
    const names: unknown[] = [];
    for await (const event of watched) {
      names.push(event['event']);
      if (event['event'] === 'open') break;
    }
    expect(names).toEqual(['stage', 'stage', 'stage', 'open']);
  });

  it('leaves out, and counts, what a watcher is too slow to take', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const socket = await connected(daemon);
    socket.write('{"v":1,"do":"watch"}\n');
    socket.pause();
    const grant = '{"v":1,"do":"grant","door":"ssh","source":"198.51.100.0/24"}\n';
    let answered = 0;
    for await (const { ok } of raw(daemon, grant.repeat(40))) {
      expect(ok).toBe(true);
      if (++answered === 40) break;
    }
    expect(daemon.residentBytes()).toBeLessThan(400 << 20);
    let opened = 0;
    // When no more lines come, there is room for the next event, which tells of those that were left out.
    const next = setTimeout(() => ask(daemon, 'grant', 'ssh', '198.51.100.7'), 1000);
    for await (const line of createInterface({ input: socket })) {
      const event = JSON.parse(line) as { event?: string; count?: number };
      next.refresh();
      if (event.event === 'open') opened++;
      if (event.event === 'missed') {
        expect(opened + event.count!).toBe(40 * 256);
        break;
      }
    }
    clearTimeout(next);
    socket.destroy();
  });

  it('R-46: answers reload with what is wrong in a broken file, and nothing changes', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    let opened = 0;
    for (const text of BROKEN_FILES) {
      writeFileSync(daemon.configFile, text);
      const { status, stdout, stderr } = ask(daemon, 'reload');
      expect({ text, status, stdout }).toEqual({ text, status: 1, stdout: '' });
      expect(stderr, text).toMatch(/knockd\.conf:\d+:\d+: error: /);
      knock(net, '7001', '7002', '7003');
      expect(await daemon.atLeast(++opened, 'open')).toHaveLength(opened);
    }
    expect(BROKEN_FILES.length).toBeGreaterThanOrEqual(30);

    daemon.configure(`${DOORS}\n[web]\n sequence = 8001,8003\n open = tcp/80\n`);
    expect(ask(daemon, 'reload')).toEqual({ status: 0, stdout: 'reloaded, 4 doors\n', stderr: '' });
    expect(ask(daemon, 'grant', 'web', '198.51.100.7').status).toBe(0);
  });
});
