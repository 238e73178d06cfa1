import { createSocket } from 'node:dgram';
import type { Wake } from '../door/action.ts';

const PORT = 9;
const AT_MOST_EVERY_MS = 1000;

/**
 * Wakes machines: six bytes of ones and sixteen times the hardware address, to a broadcast address. Throws
 * for a machine that was woken a moment ago; what the network makes of a packet can't be known.
 */
export class WakeOnLan {
  readonly #sentMs = new Map<string, number>();
  readonly #onFailure: (message: string) => void;

  constructor(onFailure: (message: string) => void) {
    this.#onFailure = onFailure;
  }

  wake({ mac, to }: Wake): void {
    const nowMs = performance.now();
    if (nowMs - (this.#sentMs.get(mac) ?? -Infinity) < AT_MOST_EVERY_MS) {
      throw new Error('it was woken less than a second ago');
    }
    this.#sentMs.set(mac, nowMs); // as many as the file names machines
    const socket = createSocket('udp4');
    const end = (error?: Error | null): void => {
      if (error) this.#onFailure(`could not wake ${mac}: ${error.message}`);
      socket.close();
    };
    socket.once('error', end);
    socket.bind(0, () => {
      socket.setBroadcast(true);
      socket.send(magicPacket(mac), PORT, to, end);
    });
  }
}

export function magicPacket(mac: string): Uint8Array {
  const address = Buffer.from(mac.replaceAll(':', ''), 'hex');
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array<Buffer>(16).fill(address)]);
}
