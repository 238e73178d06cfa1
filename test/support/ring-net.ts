import { join } from 'node:path';
import type { RingOptions } from '../../src/source/ring.ts';
import { startFixture, type Agent } from './agent-client.ts';
import { farRing, type FarRing } from './far-ring.ts';
import { frame } from './frame.ts';
import { linkSender, type LinkSender } from './link-sender.ts';
import { interestIn, SYN } from './interest.ts';
import { netns, type Netns } from './netns.ts';
import { until } from './until.ts';

export const KNOCKS = interestIn({ tcp: [7000, 7001, 7002], tcpFlags: SYN });

/** Column of /proc/net/packet. */
const RUNNING = 5;
const NO_IPV6 = ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'];

/** A ring's own network: `srv0` hears `cli0` of the other namespace, `two0` hears `two1` beside it. */
export class RingNet implements AsyncDisposable {
  readonly net: Netns;
  readonly agent: Agent;
  readonly client: LinkSender;
  readonly #opened: FarRing[] = [];

  private constructor(net: Netns, agent: Agent, client: LinkSender) {
    this.net = net;
    this.agent = agent;
    this.client = client;
  }

  static async create(): Promise<RingNet> {
    const net = await netns();
    // So that only our frames are on the links: IPv6 reports its groups unasked, and a filter lets those
    // headers pass.
    for (const end of [net.client, net.server]) end.run(['sysctl', '-qw', ...NO_IPV6]);
    const fixture = join(import.meta.dirname, 'far-ring-agent.ts');
    const agent = await startFixture(net.server, fixture);
    const client = await linkSender(net.client, 'link', 'cli0');
    return new RingNet(net, agent, client);
  }

  /** A ring with 256 slots of 256 bytes, unless said otherwise. */
  async open(options: Partial<RingOptions> = {}): Promise<FarRing> {
    const ring = await farRing(this.agent, {
      interfaces: ['srv0'],
      interest: KNOCKS,
      slots: 256,
      ...options,
    });
    this.#opened.push(ring);
    return ring;
  }

  async closeRings(): Promise<void> {
    for (const ring of this.#opened.splice(0)) await ring.close();
  }

  /** Runs `ip` where the rings are. */
  ip(command: string): string {
    return this.net.server.run(['ip', ...command.split(' ')]);
  }

  /** How many sockets hear packets, of whatever process. */
  listening(): number {
    const [, ...sockets] = this.net.server.run(['cat', '/proc/net/packet']).trim().split('\n');
    return sockets.filter((line) => line.trim().split(/\s+/)[RUNNING] === '1').length;
  }

  /** A second pair of links, both ends where the rings are; who sends from `two1` is heard at `two0`. */
  async addSecondPair(): Promise<LinkSender> {
    this.ip('link add two0 type veth peer name two1');
    for (const name of ['two0', 'two1']) this.ip(`link set ${name} up`);
    await this.secondPairIsUp();
    return this.sender('link', 'two1');
  }

  /** Until the kernel's own work has seen the carrier, what is sent from `two1` is thrown away. */
  secondPairIsUp(): Promise<void> {
    return until(() => / UP /.test(this.ip('-br link show two1')));
  }

  sender(kind: 'link' | 'tun', name: string): Promise<LinkSender> {
    return linkSender(this.net.server, kind, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.net[Symbol.asyncDispose]();
  }
}

/** A first packet to a knock port. */
export function syn(port: number, from = '203.0.113.9'): Uint8Array {
  return frame({ from, to: '192.0.2.1', tcp: { to: port, syn: true } });
}
