import type { NftFirewallOptions } from '../../src/firewall/nft/options.ts';
import type { FirewallUnderTest } from '../contract/firewall.contract.ts';
import type { Agent } from './agent-client.ts';
import { blockOf, networkOf } from './network.ts';

/** The nft firewall that an agent runs in its namespace; `makeBorrowed` is the one of doors with `use_set`. */
export async function farFirewall(
  agent: Agent,
  options: Omit<NftFirewallOptions, 'onEvent'> = {},
  make: 'make' | 'makeBorrowed' = 'make',
): Promise<FirewallUnderTest> {
  await agent.call(make, options);
  return {
    start: (doors) => agent.call('start', doors),
    apply: (openings, nowMs) => agent.call('apply', openings, nowMs),
    expire: (nowMs) => agent.call('expire', nowMs),
    nextExpiryMs: () => agent.call('nextExpiryMs'),
    grants: (nowMs) => agent.call('grants', nowMs),
    revoke: (door, from, nowMs) => agent.call('revoke', door, networkOf(from), nowMs),
    shorten: (byMs, nowMs) => agent.call('shorten', byMs, nowMs),
    block: (blocks, nowMs) => agent.call('block', blocks.map(blockOf), nowMs),
    blocked: (nowMs) => agent.call('blocked', nowMs),
    revoked: () => agent.call('revoked'),
    now: () => agent.call('now'),
    close: () => agent.call('close'),
  };
}
