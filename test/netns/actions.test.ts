import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Folder, postern } from '../support/cli.ts';
import { CLI, Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { until } from '../support/until.ts';

const KEY = '07'.repeat(32);
const MAC = '00:11:22:33:44:55';

describe.skipIf(noNetns)(`actions${noNetns ? `: ${noNetns}` : ''}`, () => {
  let net: Netns;
  const folder = new Folder();
  const keys = folder.write('keys', `alice ${KEY}\n`);
  const said = join(folder.path, 'said');
  const doors = `
[house]
 encoded = sealed
 span = 40000-41023
 keys = ${keys}
 open = tcp/22
 open_for = until closed
 offers = tell, later, wake, leave
[action tell]
 run = ["/bin/sh", "-c", "echo \\"$0\\" >> ${said}", "from %IP%; $(id)"]
[action later]
 delay = 3s
 open = tcp/25
[action wake]
 wake = ${MAC} via 10.77.0.255
[action leave]
 close = all
`;
  const clientDoors = folder.write(
    'doors',
    `[house]\nhost = ${SERVER[4]}\nencoded = sealed\nspan = 40000-41023\nkey = ${KEY}\nactions = tell, later, wake, leave\n`,
  );

  beforeAll(async () => {
    net = await netns();
  });
  afterAll(async () => {
    await net[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  function knock(...args: string[]): void {
    const client = [process.execPath, '--no-addons', join(CLI, 'knock.js')];
    net.client.run([...client, '--doors', clientDoors, '--encode', 'house', ...args]);
  }

  it('run a program without a shell, whoever’s text is in its arguments', async () => {
    await using daemon = await Daemon.start(net.server, { doors });
    knock('--action', 'tell');
    await daemon.atLeast(1, 'open');
    await until(() => existsSync(said) && readFileSync(said, 'utf8') !== '');
    expect(readFileSync(said, 'utf8')).toBe(`from ${CLIENT[4]}; $(id)\n`);
  });

  it('that wait come after a kill, and are cancelled by a close', async () => {
    const daemon = await Daemon.start(net.server, { doors });
    knock('--action', 'later');
    expect(await daemon.atLeast(1, 'action')).toMatchObject([{ action: 'later', state: 'waits' }]);
    daemon.process.kill('SIGKILL');
    await daemon.ended;
    await using next = await Daemon.start(net.server, { doors, after: daemon });
    expect(await next.atLeast(1, 'open')).toMatchObject([{ door: 'later', source: CLIENT[4] }]);
    knock('--action', '2');
    await next.atLeast(1, 'action');
    knock('--close');
    const told = await next.atLeast(2, 'action');
    expect(told).toMatchObject([{ state: 'waits' }, { action: 'later', state: 'cancelled' }]);
  });

  it('wake a machine by a packet to all of its network', async () => {
    await using daemon = await Daemon.start(net.server, { doors });
    const listener = net.client.spawn([
      process.execPath,
      '-e',
      `const s = require('node:dgram').createSocket('udp4');
       s.on('message', (m) => { console.log(m.toString('hex')); s.close(); });
       s.bind(9, '10.77.0.255', () => console.log('bound'));`,
    ]);
    let heard = '';
    listener.stdout!.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    await until(() => heard.includes('bound'));
    knock('--action', 'wake');
    await daemon.atLeast(1, 'action');
    await until(() => heard.includes('ffffffffffff'));
    expect(heard.split('\n')[1]).toBe('ff'.repeat(6) + MAC.replaceAll(':', '').repeat(16));
  });

  it('hold a door open over a restart, until it is closed', async () => {
    const daemon = await Daemon.start(net.server, { doors });
    knock();
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ door: 'house', isHeld: true }]);
    daemon.process.kill('SIGKILL');
    await daemon.ended;
    await using next = await Daemon.start(net.server, { doors, after: daemon });
    const socket = ['--socket', next.controlSocket];
    const refused = postern(['grant', 'house', '198.51.100.7', '--for', '10m', ...socket]);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringMatching(/takes no time/)]);
    const { stdout } = postern(['list', '--json', ...socket]);
    const { grants } = JSON.parse(stdout) as { grants: { door: string }[] };
    expect(grants.map(({ door }) => door)).toContain('house');
    knock('--action', 'leave');
    await until(() =>
      next.of('close').some(({ door, reason }) => door === 'house' && reason === 'revoked'),
    );
  });
});
