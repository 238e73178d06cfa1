import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { tcpSessions } from '../../src/daemon/tcp-sessions.ts';
import { formatAddress } from '../../src/tuple/address.ts';

describe('TCP sessions', () => {
  it('are those to the ports asked for, of both families', async () => {
    const server = createServer().listen(0, '::');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const clients = ['127.0.0.1', '::1'].map((host) => connect(port, host));
    await Promise.all(clients.map((client) => once(client, 'connect')));

    const peers = tcpSessions([port]).map(({ peer }) => formatAddress(peer));
    expect(peers.sort()).toEqual(['127.0.0.1', '::1']);
    // The clients' ends have the port as the other one's.
    expect(tcpSessions([clients[0]!.localPort!])).toMatchObject([{ port: clients[0]!.localPort }]);
    expect(tcpSessions([])).toEqual([]);
    for (const client of clients) client.destroy();
    server.close();
    await once(server, 'close');
  });
});
