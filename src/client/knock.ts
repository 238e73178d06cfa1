import { createSocket } from 'node:dgram';
import { connect, isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Carrier } from '../door/encoded.ts';
import { hitPing } from './ping.ts';
import { resolve, type Families } from './resolve.ts';

/** One knock to send. */
export interface KnockStep {
  /** 1 to 65535. A SYN to port 0 is sent too; the system sends no datagram there. Of `icmp` the bytes of data. */
  readonly port: number;
  /** Default `tcp`. */
  readonly protocol?: Carrier;
}

export interface KnockOptions {
  /** Milliseconds after every knock, the last one too. Default 0. */
  readonly delayMs?: number;
  /** Default: whatever the resolver puts first. `both`: each knock goes to one address of each family. */
  readonly family?: Families;
  /** The address of this host to knock from; default: the routing table's choice. */
  readonly source?: string | undefined;
  readonly signal?: AbortSignal;
  /** Told before each packet; `index` is the step's. */
  readonly onHit?: (step: Required<KnockStep>, address: string, index: number) => void;
}

/**
 * Knocks: one SYN without retransmission, one datagram of one zero byte, or one ping, for each step in order.
 * The name is resolved once; the addresses that were knocked at. Whether anything arrived can't be
 * known. Rejects with the system's own error where the name can't be resolved (`code: 'ENOTFOUND'`), or
 * the source is not ours (`code: 'EADDRNOTAVAIL'`).
 */
export async function knock(
  host: string,
  steps: readonly KnockStep[],
  options: KnockOptions = {},
): Promise<readonly string[]> {
  const addresses = await resolve(host, options.family);
  for (const [index, { port, protocol = 'tcp' }] of steps.entries()) {
    for (const address of addresses) {
      options.signal?.throwIfAborted();
      options.onHit?.({ port, protocol }, address, index);
      await HITS[protocol](address, port, options.source);
    }
    if (options.delayMs) await sleep(options.delayMs, undefined, { signal: options.signal });
  }
  return addresses;
}

const HITS = { tcp: hitTcp, udp: hitUdp, icmp: hitPing } as const;

/** A connect that is closed before it can be answered: the kernel sends its SYN and forgets about it. */
function hitTcp(address: string, port: number, source: string | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const from = source === undefined ? {} : { localAddress: source };
    const socket = connect({ host: address, port, ...from });
    socket.on('error', (error) => isOfSource(error) && fail(error));
    socket.on('close', () => done());
    setImmediate(() => socket.destroy());
  });
}

function hitUdp(address: string, port: number, source: string | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    socket.on('error', (error) => {
      if (isOfSource(error)) fail(error);
      socket.close(() => done());
    });
    socket.bind({ ...(source === undefined ? {} : { address: source }) }, () => {
      if (port === 0) socket.close(() => done());
      else socket.send(Uint8Array.of(0), port, address, () => socket.close(() => done()));
    });
  });
}

/** That nobody is there, or refuses, is an answer like any other; that the source is not ours is not. */
function isOfSource({ syscall }: NodeJS.ErrnoException): boolean {
  return syscall === 'bind';
}
