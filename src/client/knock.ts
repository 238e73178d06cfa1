import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PortProtocol } from '../tuple/protocol.ts';

/** One knock to send. */
export interface KnockStep {
  /** 0 to 65535. */
  readonly port: number;
  /** Default `tcp`. */
  readonly protocol?: PortProtocol;
}

export interface KnockOptions {
  /** Milliseconds after every knock, the last one too. Default 0. */
  readonly delayMs?: number;
  /** Default: whatever the resolver puts first. */
  readonly family?: 4 | 6;
  readonly signal?: AbortSignal;
  /** Told before each packet. */
  readonly onHit?: (step: Required<KnockStep>, address: string) => void;
}

/**
 * Knocks: one SYN without retransmission, or one datagram of one zero byte, for each step in order.
 * The name is resolved once. Whether anything arrived can't be known; resolving may fail with the
 * system's own error (`code: 'ENOTFOUND'`).
 */
export async function knock(
  host: string,
  steps: readonly KnockStep[],
  options: KnockOptions = {},
): Promise<void> {
  const address = await resolve(host, options.family);
  for (const { port, protocol = 'tcp' } of steps) {
    options.signal?.throwIfAborted();
    options.onHit?.({ port, protocol }, address);
    await (protocol === 'udp' ? hitUdp(address, port) : hitTcp(address, port));
    if (options.delayMs) await sleep(options.delayMs, undefined, { signal: options.signal });
  }
}

async function resolve(host: string, family: 4 | 6 | undefined): Promise<string> {
  const given = isIP(host);
  if (given !== 0 && family !== undefined && family !== given) {
    const message = `${host} is no IPv${family} address`;
    throw Object.assign(new Error(message), { code: 'EAI_ADDRFAMILY', syscall: 'getaddrinfo' });
  }
  if (given !== 0) return host;
  return (await lookup(host, { family: family ?? 0, verbatim: true })).address;
}

/** A connect that is closed before it can be answered: the kernel sends its SYN and forgets about it. */
function hitTcp(address: string, port: number): Promise<void> {
  return new Promise((done) => {
    const socket = connect({ host: address, port });
    socket.on('error', () => {}); // A refusal is an answer like any other.
    socket.on('close', () => done());
    setImmediate(() => socket.destroy());
  });
}

function hitUdp(address: string, port: number): Promise<void> {
  return new Promise((done) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    socket.on('error', () => {});
    if (port === 0) return socket.close(() => done()); // no datagram can go there
    socket.send(Uint8Array.of(0), port, address, () => socket.close(() => done()));
  });
}
