import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { DatagramListener } from '../support/datagram-listener.ts';
import { FrameSender, knocks } from '../support/frame-sender.ts';
import { netns, noNetns } from '../support/netns.ts';
import { noUser, USER } from '../support/user.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const SSH = '[ssh]\n sequence = 7000,8000\n tcpflags = syn\n open = tcp/22';

describe.skipIf(noNetns)('the service manager', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'postern-notify-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each(['postern', 'knockd'] as const)(
    'hears of %s: ready with ring and table, reloading, and the end',
    async (name) => {
      await using net = await netns();
      const socket = join(folder, 'notify');
      using manager = await DatagramListener.bind(net.server, socket);
      await using daemon = await Daemon.start(net.server, {
        doors: SSH,
        name,
        by: ['env', `NOTIFY_SOCKET=${socket}`],
        readyWord: undefined,
      });
      expect(await manager.next('READY=1')).toBe('READY=1\nSTATUS=watching srv0 for 1 door');
      expect(manager.messages).toHaveLength(1);
      expect(net.server.run(['nft', 'list', 'table', 'inet', 'postern'])).toContain('tcp dport 22');
      const [, ring] = net.server.run(['cat', '/proc/net/packet']).trim().split('\n');
      expect(ring).toBeDefined();

      daemon.configure(`${SSH}\n[log]\n sequence = 9000,9001`);
      daemon.process.kill('SIGHUP');
      expect(await manager.next('READY=1', 1)).toBe('READY=1\nSTATUS=watching srv0 for 2 doors');
      expect(manager.messages[1]).toMatch(/^RELOADING=1\nMONOTONIC_USEC=\d+$/);

      daemon.configure('nonsense');
      daemon.process.kill('SIGHUP');
      expect(await manager.next('READY=1', 3)).toBe(
        'READY=1\nSTATUS=watching srv0 for 2 doors; the last reload failed, see the log',
      );

      await daemon.stop();
      expect(manager.messages.slice(5)).toEqual(['STOPPING=1\nSTATUS=ending']);
    },
  );

  it('hears no beat of a daemon that stands still', async () => {
    await using net = await netns();
    const name = `@postern-test-${process.pid}`;
    using manager = await DatagramListener.bind(net.server, name);
    await using daemon = await Daemon.start(net.server, {
      doors: SSH,
      by: ['env', `NOTIFY_SOCKET=${name}`, 'WATCHDOG_USEC=400000'],
    });
    const beats = (): number => manager.messages.filter((each) => each === 'WATCHDOG=1').length;
    await until(() => beats() >= 3, 20_000);
    daemon.process.kill('SIGSTOP');
    await until(() => /^State:\s+T/m.test(readFileSync(`/proc/${daemon.pid}/status`, 'utf8')));
    await passed(300); // what was on its way
    const before = beats();
    await passed(1500);
    expect(beats()).toBe(before);
    daemon.process.kill('SIGCONT');
    await until(() => beats() > before, 20_000);
  });

  it('hears nothing from commands: they do not know of it', () => commandsKnowNothing({}));

  it.skipIf(noUser)('hears nothing from commands that a helper of root’s runs, either', () =>
    commandsKnowNothing({ user: USER }),
  );

  async function commandsKnowNothing(options: { user?: string }): Promise<void> {
    await using net = await netns();
    const [socket, told] = [join(folder, 'notify'), join(folder, 'environment')];
    using manager = await DatagramListener.bind(net.server, socket);
    // As systemd has it: who may tell is judged by the number of the process.
    chmodSync(folder, 0o711);
    chmodSync(socket, 0o777);
    await using daemon = await Daemon.start(net.server, {
      ...options,
      doors: `[x]\n sequence = 7000\n start_command = env > ${told}.new && mv ${told}.new ${told}`,
      by: ['env', `NOTIFY_SOCKET=${socket}`, 'WATCHDOG_USEC=10000000', 'KEPT=yes'],
    });
    await manager.next('READY=1');
    await new FrameSender(net.client).send(knocks('7000'));
    await until(() => existsSync(told), 20_000);
    const environment = readFileSync(told, 'utf8');
    expect(environment).toContain('KEPT=yes');
    expect(environment).not.toMatch(/^(NOTIFY_SOCKET|WATCHDOG_)/m);
    await daemon.stop();
  }
});
