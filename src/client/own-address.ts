import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';

/** The address that packets to another have as their source. Nothing is sent to find it. */
export function ownAddress(to: string): Promise<string> {
  return new Promise((done, fail) => {
    const socket = createSocket(isIP(to) === 6 ? 'udp6' : 'udp4');
    socket.on('error', (error) => {
      socket.close();
      fail(error);
    });
    socket.connect(9, to, () => {
      const { address } = socket.address();
      socket.close();
      done(address);
    });
  });
}
