import { describe, expect, it } from 'vitest';
import type { ConnectResult } from '../support/agent.ts';
import { door, ports } from '../support/door.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER } from '../support/netns.ts';
import { passed } from '../support/wait.ts';

const DOORS = [
  door('7000', { name: 'ssh', open: [ports('tcp/22')], guard: false }),
  door('7001', { name: 'range', open: [ports('tcp/8000-8003')], guard: false }),
];

/** Rules of an administrator that drop what nothing lets in; the mark's rule stands before that. */
const RULESETS = {
  nft: [
    'table inet own { chain input { type filter hook input priority filter; policy drop;',
    'iif "lo" accept; ct state established,related accept; meta l4proto ipv6-icmp accept;',
    'meta mark & 0x10000000 != 0 accept; }; }',
  ].join('\n'),
  iptables: [
    'iptables -P INPUT DROP',
    'iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    'iptables -A INPUT -m mark --mark 0x10000000/0x10000000 -j ACCEPT',
    'ip6tables -P INPUT DROP',
    'ip6tables -A INPUT -p icmpv6 -j ACCEPT',
    'ip6tables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    'ip6tables -A INPUT -m mark --mark 0x10000000/0x10000000 -j ACCEPT',
  ],
} as const;

describe.skipIf(noNetns)('the mark', () => {
  it.each(['nft', 'iptables'] as const)(
    'lets rules of %s that drop all else admit who has a grant, while it lasts',
    async (tool) => {
      await using net = await netns();
      const [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
      await Promise.all([22, 80, 8001].map((port) => server.call('listenTcp', port)));
      if (tool === 'nft') net.server.nft(RULESETS.nft);
      else for (const line of RULESETS.iptables) net.server.run(line.split(' '));
      await server.call('make', { mark: 0x1000_0000 });
      await server.call('start', DOORS);
      const connect = (port: number, family: 4 | 6, from?: string) =>
        client.call<ConnectResult>('connect', SERVER[family], port, from ? { from } : {});

      for (const family of [4, 6] as const) {
        expect(await connect(22, family)).toBe('silent');
        const source = CLIENT[family];
        await server.call('apply', [
          { door: 'ssh', source, openForMs: 1500 },
          { door: 'range', source, openForMs: 1500 },
        ]);
        const results = await Promise.all([
          connect(22, family),
          connect(8001, family),
          connect(80, family),
          connect(22, family, OTHER[family]),
        ]);
        expect(results).toEqual(['open', 'open', 'silent', 'silent']);
        await passed(1200);
        expect(await connect(22, family)).toBe('silent');
      }
    },
  );
});
