import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { FrameSender, knocks } from '../support/frame-sender.ts';
import { join, Namespace, netns, noNetns } from '../support/netns.ts';

const SEQUENCE = ['7001', '7002:udp', '7003'];
const doors = (attempts: number): string => `
[ssh]
 sequence = ${SEQUENCE.join()}
 seq_timeout = 5
 tcpflags = syn
 open = tcp/22
 open_for = 30s
 attempts_per_source = ${attempts}
`;
const OUTSIDE = '192.0.2.254';
const SERVER = '192.0.2.1';

/** Two clients behind a router that hides both behind its own address. */
class Natted implements AsyncDisposable {
  readonly server: Namespace;
  readonly clients: readonly [Namespace, Namespace];
  readonly #router: Namespace;

  private constructor(server: Namespace, router: Namespace, clients: [Namespace, Namespace]) {
    this.server = server;
    this.clients = clients;
    this.#router = router;
  }

  static async make(): Promise<Natted> {
    const server = await Namespace.create('server');
    const router = await Namespace.create('router', server);
    const one = await Namespace.create('one', server);
    const other = await Namespace.create('other', server);
    join(server, 'srv0', [`${SERVER}/24`], router, 'out0', [`${OUTSIDE}/24`]);
    for (const [nth, client] of [one, other].entries()) {
      const gateway = `10.77.${nth}.1`;
      join(router, `in${nth}`, [`${gateway}/24`], client, 'cli0', [`10.77.${nth}.2/24`]);
      client.run(['ip', 'route', 'add', 'default', 'via', gateway]);
    }
    router.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    router.nft(`table ip nat {
      chain out { type nat hook postrouting priority srcnat; oifname "out0" masquerade; }
    }`);
    return new Natted(server, router, [one, other]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [...this.clients, this.#router, this.server]) await each.close();
  }
}

describe.skipIf(noNetns)('two people behind one address', () => {
  it(
    'R-39: who knock at the same time both get in, 50 times of 50',
    { timeout: 90_000 },
    async () => {
      await using net = await Natted.make();
      await using daemon = await Daemon.start(net.server, { doors: doors(2) });
      const server = await net.server.agent();
      await server.call('listenTcp', 22);
      const knockOnce = async (client: Namespace): Promise<void> => {
        const knock = client.spawn(['knock', '-d', '15', SERVER, ...SEQUENCE]);
        await new Promise((done) => knock.once('exit', done));
      };
      let isIn = 0;
      for (let run = 1; run <= 50; run++) {
        const before = daemon.of('open').length;
        await Promise.all(net.clients.map(knockOnce));
        if ((await daemon.atLeast(before + 1, 'open', 1000)).length > before) isIn++;
      }
      expect(isIn).toBe(50);
      expect(daemon.of('open').every(({ source }) => source === OUTSIDE)).toBe(true);
      const agents = await Promise.all(net.clients.map((client) => client.agent()));
      const reached = agents.map((agent) => agent.call('connect', SERVER, 22));
      expect(await Promise.all(reached)).toEqual(['open', 'open']);
    },
  );

  // A is ahead by one knock, then by two.
  it.each([
    ['both, with two attempts for a source', 2, 2],
    ['nobody, with one', 1, 0],
  ])('R-39: knocking in turns lets in %s', async (_, attempts, opened) => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: doors(attempts) });
    const [first, second, third] = knocks(SEQUENCE.join()) as [Uint8Array, Uint8Array, Uint8Array];
    const [marker] = [knocks(SEQUENCE.join(), { from: '10.77.9.9' })];
    await new FrameSender(net.client).send(
      [first, second, first, third, second, third, ...marker],
      { gapMs: 5 },
    );
    await daemon.until(() => daemon.of('open').some(({ source }) => source === '10.77.9.9'));
    expect(daemon.of('open')).toHaveLength(opened + 1);
  });
});
