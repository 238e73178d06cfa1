import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { CLIENT, join, netns, noNetns, SERVER, SERVER_MAC, type Netns } from '../support/netns.ts';
import { passed } from '../support/wait.ts';

const SEQUENCE = '7001,7002:udp,7003';
/** A packet that is seen twice spoils a knock here. */
const DOORS = `
[once]
 sequence = ${SEQUENCE}
 seq_timeout = 30
 tcpflags = syn
 ignore_repeats = no
 attempts_per_source = 1
`;
const REMAKES = 50;

/** Makes the veth between server and client, which must be gone. */
function remake(net: Netns, name = 'srv0'): void {
  const ours = [`${SERVER[4]}/24`, `${SERVER[6]}/48`];
  join(net.server, name, ours, net.client, 'cli0', [`${CLIENT[4]}/24`, `${CLIENT[6]}/48`]);
  net.server.run(['ip', 'link', 'set', name, 'address', SERVER_MAC]);
  net.client.run(['sh', '-c', 'until ip link show cli0 | grep -q "state UP"; do :; done']);
}

/** States of the interface that were told of, in their order. */
function states(daemon: Daemon, name = 'srv0'): unknown[] {
  const events = daemon.of('interface') as unknown as { interface: string; state: string }[];
  return events.filter((event) => event.interface === name).map(({ state }) => state);
}

async function isTold(daemon: Daemon, state: string, count = 1, name = 'srv0'): Promise<void> {
  const has = (): boolean => states(daemon, name).filter((each) => each === state).length >= count;
  if (!(await daemon.until(has, 10_000))) throw new Error(`not told: ${name} ${state}`);
}

/** Whether a knock opens: sent again and again while the link may still be coming up. */
async function opens(daemon: Daemon, net: Netns, nth: number, over = {}): Promise<boolean> {
  const sender = new FrameSender(net.client);
  const before = daemon.of('open').length;
  for (let attempt = 0; attempt < 20; attempt++) {
    const from = stranger(nth * 100 + attempt);
    await sender.send(knocks(SEQUENCE, { from, ...over }));
    if (await daemon.until(() => daemon.of('open').length > before, 300)) return true;
  }
  return false;
}

describe.skipIf(noNetns)('links', () => {
  it(`R-31: an interface that is deleted and made again, ${REMAKES} times, is listened on again`, async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    expect(await opens(daemon, net, 0)).toBe(true);
    const descriptors = daemon.openDescriptors();
    for (let time = 1; time <= REMAKES; time++) {
      net.server.run(['ip', 'link', 'del', 'srv0']);
      await isTold(daemon, 'missing', time);
      remake(net);
      await isTold(daemon, 'up', time);
      expect(await opens(daemon, net, time)).toBe(true);
    }
    expect(daemon.openDescriptors()).toBe(descriptors);
    expect(daemon.said).toEqual([]);
    // The totals are those of all rings that there were.
    await daemon.stop();
    expect(daemon.of('closing')[0]!.packets).toBeGreaterThanOrEqual(3 * (REMAKES + 1));
  }, 180_000); // remade fifty times, which a busy machine takes a while for

  it('R-31: an interface is what bears its name: who is renamed is heard no more', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const rename = (from: string, to: string): void => {
      for (const words of [`set ${from} down`, `set ${from} name ${to}`, `set ${to} up`]) {
        net.server.run(['ip', 'link', ...words.split(' ')]);
      }
    };
    rename('srv0', 'other0');
    await isTold(daemon, 'missing');
    const sender = new FrameSender(net.client);
    await sender.send(knocks(SEQUENCE, { from: stranger(1) }));
    rename('other0', 'srv0');
    await isTold(daemon, 'up');
    expect(await opens(daemon, net, 2)).toBe(true);
    expect(daemon.of('open').map(({ source }) => source)).not.toContain(stranger(1));
  });

  it('R-30: down and up are told of, once each', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    net.server.run(['ip', 'link', 'set', 'srv0', 'down']);
    await isTold(daemon, 'down');
    net.server.run(['ip', 'link', 'set', 'srv0', 'up']);
    await isTold(daemon, 'up');
    expect(states(daemon)).toEqual(['down', 'up']);
  });

  it('an interface that is missing at the start is waited for, while others are heard', async () => {
    await using net = await netns();
    const interfaces = ['late0', 'srv0'];
    await using daemon = await Daemon.start(net.server, { doors: DOORS, interfaces });
    expect(states(daemon, 'late0')).toEqual(['missing']);
    expect(await opens(daemon, net, 1)).toBe(true);
    const cpuBefore = daemon.cpuSeconds();
    await passed(1500);
    expect(daemon.cpuSeconds() - cpuBefore).toBeLessThan(0.3); // it waits, it does not spin
    net.server.run(['ip', 'link', 'del', 'srv0']);
    remake(net, 'late0');
    await isTold(daemon, 'up', 1, 'late0');
    expect(await opens(daemon, net, 2)).toBe(true);
    expect(states(daemon, 'srv0')).toEqual(['missing']);
  });

  it('nothing but missing interfaces is no end: it waits, and stops when it is told to', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS, interfaces: ['late0'] });
    expect(states(daemon, 'late0')).toEqual(['missing']);
    expect(await daemon.stop()).toBe(0);
  });

  it('says in words, under its drop-in name, what it waits for', async () => {
    await using net = await netns();
    const options = { doors: DOORS, name: 'knockd', flags: ['-v'], interfaces: ['late0'] } as const;
    await using daemon = await Daemon.start(net.server, options);
    remakeAs(net, 'late0');
    await daemon.until(() => daemon.said.some((line) => line.includes('late0 now')));
    await expect
      .poll(() => daemon.said)
      .toEqual(
        expect.arrayContaining([
          'waiting for late0: no such interface yet. See: ip -br link',
          expect.stringMatching(/^listening on late0 now/),
        ]),
      );
  });

  it('R-33: an address that comes counts at once, one that goes no longer, and attempts go on', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const sender = new FrameSender(net.client);
    const [first, ...rest] = knocks(SEQUENCE, { from: stranger(1) });
    await sender.send([first!]);
    expect(await daemon.atLeast(1, 'stage')).toHaveLength(1);

    const moved = ['10.77.0.200', 'fd77::200'] as const;
    const change = async (verb: string, address: string, told: number): Promise<void> => {
      const more = address.includes(':') && verb === 'add' ? ['nodad'] : [];
      const length = address.includes(':') ? 48 : 24;
      net.server.run(['ip', 'address', verb, `${address}/${length}`, 'dev', 'srv0', ...more]);
      expect((await daemon.atLeast(told, 'addresses')).length).toBeGreaterThanOrEqual(told);
    };
    const isHeard = async (to: string, from: string): Promise<boolean> => {
      const before = daemon.of('open').length;
      await sender.send(knocks(SEQUENCE, { from, to }));
      // A knock to where the daemon surely is tells that this one has been seen.
      const seen = knocks(SEQUENCE, { from: stranger(1000 + before) });
      await sender.send(seen);
      await daemon.atLeast(before + 1, 'open');
      await daemon.until(() =>
        daemon.of('open').some(({ source }) => source === stranger(1000 + before)),
      );
      return daemon.of('open').some(({ source }) => source === from);
    };

    expect(await isHeard(moved[0], stranger(2))).toBe(false);
    await change('add', moved[0], 1);
    expect(await isHeard(moved[0], stranger(3))).toBe(true);
    await change('del', moved[0], 2);
    expect(await isHeard(moved[0], stranger(4))).toBe(false);

    expect(await isHeard(moved[1], '2001:db8::2')).toBe(false);
    await change('add', moved[1], 3);
    expect(await isHeard(moved[1], '2001:db8::3')).toBe(true);

    await sender.send(rest);
    expect(
      await daemon.until(() => daemon.of('open').some(({ source }) => source === stranger(1))),
    ).toBe(true);
  });

  it('in compat addresses are those of the start, as 0.8 has them', async () => {
    await using net = await netns();
    const options = 'compat = knockd';
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS.replace(/ (ignore|attempts).*\n/g, ''),
      options,
    });
    net.server.run(['ip', 'address', 'add', '10.77.0.200/24', 'dev', 'srv0']);
    await passed(300);
    const sender = new FrameSender(net.client);
    await sender.send(knocks(SEQUENCE, { from: stranger(1), to: '10.77.0.200' }));
    await sender.send(knocks(SEQUENCE, { from: stranger(2) }));
    expect((await daemon.atLeast(1, 'open')).map(({ source }) => source)).toEqual([stranger(2)]);
    expect(daemon.of('addresses')).toEqual([]);
  });

  it('where nobody has named an interface, the default route’s is followed', async () => {
    await using net = await netns({ backend: true });
    net.server.run(['ip', 'route', 'add', 'default', 'via', CLIENT[4]]);
    await using daemon = await Daemon.start(net.server, { doors: DOORS, interfaces: [] });
    expect(daemon.of('listening')).toMatchObject([{ interfaces: ['srv0'] }]);
    expect(await opens(daemon, net, 1)).toBe(true);
    net.server.run(['ip', 'route', 'replace', 'default', 'via', '10.78.0.5']);
    expect(await daemon.atLeast(1, 'route')).toMatchObject([{ interface: 'back0' }]);
    net.backend.run(['knock', '-d', '5', '10.78.0.2', ...SEQUENCE.split(',')]);
    expect(await daemon.atLeast(2, 'open')).toMatchObject([{}, { source: '10.78.0.5' }]);
  });
});

describe.skipIf(noNetns)('a bridge', () => {
  /** Puts the server's end of the veth under a bridge, which takes its addresses. */
  function bridge(net: Netns): void {
    const commands = [
      'link add br0 type bridge forward_delay 0',
      'link set br0 up',
      `link set br0 address ${SERVER_MAC}`,
      'link set srv0 master br0',
      'address flush dev srv0',
      `address add ${SERVER[4]}/24 dev br0`,
      `address add ${SERVER[6]}/48 dev br0 nodad`,
    ];
    for (const command of commands) net.server.run(['ip', ...command.split(' ')]);
    net.client.run(['sh', '-c', `until ping -c 1 -W 1 ${SERVER[4]} >/dev/null; do :; done`]);
  }

  it.each([
    ['with its member named', ['br0', 'srv0']],
    ['that hears for a member named first', ['srv0', 'br0']],
    ['under any', ['any']],
    ['alone', ['br0']],
  ])('%s hears each packet once', async (_, interfaces) => {
    await using net = await netns();
    bridge(net);
    await using daemon = await Daemon.start(net.server, { doors: DOORS, interfaces });
    for (const host of [SERVER[4], SERVER[6]]) {
      net.client.run(['knock', '-d', '20', host, ...SEQUENCE.split(',')]);
    }
    expect((await daemon.atLeast(2, 'open')).map(({ source }) => source)).toEqual([
      CLIENT[4],
      CLIENT[6],
    ]);
    expect(daemon.of('stage')).toHaveLength(6);
    await daemon.stop();
    if (interfaces.length > 1) expect(states(daemon)).toEqual(['spared']);
  });

  it('may come and go: its member is listened on again when it has none', async () => {
    await using net = await netns();
    const interfaces = ['br0', 'srv0'];
    await using daemon = await Daemon.start(net.server, { doors: DOORS, interfaces });
    expect(await opens(daemon, net, 1)).toBe(true);
    bridge(net);
    await isTold(daemon, 'spared');
    expect(await opens(daemon, net, 2)).toBe(true);
    net.server.run(['ip', 'link', 'del', 'br0']);
    net.server.run(['ip', 'address', 'add', `${SERVER[4]}/24`, 'dev', 'srv0']);
    await isTold(daemon, 'up');
    expect(await opens(daemon, net, 3)).toBe(true);
    for (const { source } of daemon.of('open')) {
      expect(daemon.of('stage').filter((event) => event.source === source)).toHaveLength(3);
    }
  });
});

/** Another veth of that name. */
function remakeAs(net: Netns, name: string): void {
  net.server.run(['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`]);
}
