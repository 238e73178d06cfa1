import { describe, expect, it } from 'vitest';
import type { ConnectResult } from '../support/agent.ts';
import { door, ports } from '../support/door.ts';
import { BACKEND, CLIENT, netns, noNetns, SERVER } from '../support/netns.ts';

const DOORS = [
  door('7000', { name: 'ssh', open: [ports('tcp/22')] }),
  door('7001', { name: 'web', open: [ports('tcp/8080')] }),
];

/** As Docker publishes a container's port, and as people move SSH to another one. */
const NAT = `
table inet nat {
	chain prerouting {
		type nat hook prerouting priority dstnat;
		iifname "srv0" tcp dport 8080 dnat ip to ${BACKEND[4]}:80
		iifname "srv0" tcp dport 2222 redirect to :22
	}
}`;

describe.skipIf(noNetns)('ports behind address translation', () => {
  it.each([
    ['before the start', true],
    ['while the daemon runs', false],
  ])('R-94: are shut without a grant and open with one, translated %s', async (_, isBefore) => {
    await using net = await netns({ backend: true });
    if (isBefore) net.server.nft(NAT);
    const [server, client, backend] = await Promise.all(
      [net.server, net.client, net.backend].map((namespace) => namespace.agent()),
    );
    await Promise.all([
      server!.call('listenTcp', 22),
      backend!.call('listenTcp', 80),
      backend!.call('listenTcp', 22),
    ]);
    await server!.call('make', { checkIntervalMs: 0 });
    await server!.call('start', DOORS);
    if (!isBefore) {
      net.server.nft(NAT);
      await server!.call('check');
      const event = { kind: 'table made again', reason: 'a nat chain came', count: 1 };
      expect(await server!.call('events')).toEqual([event]);
    }

    const knock = (port: number) => client!.call<ConnectResult>('connect', SERVER[4], port);
    expect(await Promise.all([knock(8080), knock(2222)])).toEqual(['silent', 'silent']);
    const source = CLIENT[4];
    await server!.call('apply', [
      { door: 'ssh', source, openForMs: 5000 },
      { door: 'web', source, openForMs: 5000 },
    ]);
    expect(await Promise.all([knock(8080), knock(2222)])).toEqual(['open', 'open']);
    // What is only forwarded is none of this host's business, though its port is guarded here.
    expect(await client!.call('connect', BACKEND[4], 22)).toBe('open');
  });
});
