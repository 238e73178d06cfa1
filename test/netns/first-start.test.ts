import { describe, expect, it } from 'vitest';
import type { ConnectResult } from '../support/agent.ts';
import { door, ports } from '../support/door.ts';
import { netns, noNetns, SERVER } from '../support/netns.ts';
import { passed } from '../support/wait.ts';

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22')] });

/** An administrator's own rules, who tracks connections but not those of SSH. */
const NOTRACK = `
table inet admin {
	chain raw {
		type filter hook prerouting priority raw;
		tcp dport 22 notrack
	}
	chain raw_out {
		type filter hook output priority raw;
		tcp sport 22 notrack
	}
	chain input {
		type filter hook input priority filter;
		ct state established accept
	}
}`;

describe.skipIf(noNetns)('the first start', () => {
  it.each([
    ['nobody tracks connections', ''],
    ['SSH is exempt from tracking', NOTRACK],
  ])('R-93: leaves idle sessions alive where %s', async (_, rules) => {
    await using net = await netns();
    if (rules !== '') net.server.nft(rules);
    const [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
    await server.call('listenTcp', 22);
    const sessions = await Promise.all(
      [SERVER[4], SERVER[6]].map((host) => client.call<number>('hold', host, 22)),
    );
    await passed(1500);
    await server.call('make', {});
    await server.call('start', [SSH]);
    await passed(1500);

    // The client speaks first, which is where tracking would take the session for a new one.
    const isAlive = await Promise.all(sessions.map((session) => client.call('say', session)));
    expect(isAlive).toEqual([true, true]);
    const news = [SERVER[4], SERVER[6]].map((host) =>
      client.call<ConnectResult>('connect', host, 22),
    );
    expect(await Promise.all(news)).toEqual(['silent', 'silent']);
    expect(net.server.run(['conntrack', '-C']).trim()).toBe('0');
  });

  it('asks nothing of the kernel where no door opens anything', async () => {
    await using net = await netns();
    const server = await net.server.agent();
    await server.call('make', {});
    expect(await server.call('start', [door('7000', { name: 'log only' })])).toEqual([]);
    expect(net.server.run(['nft', 'list', 'ruleset'])).toBe('');
  });

  it('touches nothing of the host’s own ruleset, and leaves it when the table is removed', async () => {
    await using net = await netns();
    net.server.nft(NOTRACK);
    const before = net.server.run(['nft', 'list', 'ruleset']);
    const server = await net.server.agent();
    await server.call('make', { onStop: 'remove' });
    await server.call('start', [SSH]);
    expect(net.server.run(['nft', 'list', 'table', 'inet', 'admin'])).toBe(before);
    await server.call('close');
    expect(net.server.run(['nft', 'list', 'ruleset'])).toBe(before);
    expect(await server.call('removeTable')).toBe(false);
  });
});
