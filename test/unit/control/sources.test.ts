import { describe, expect, it } from 'vitest';
import { sourcesOf } from '../../../src/control/sources.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import type { Door } from '../../../src/door/door.ts';
import { formatAddress } from '../../../src/tuple/address.ts';
import { parseNetwork, type Network } from '../../../src/tuple/network.ts';

const door = (lines = ''): Door =>
  parseConfiguration(`[ssh]\nsequence = 7001,7002\nopen = tcp/22\n${lines}\n`, 'x.conf')
    .configuration!.doors[0]!;
const sources = (text: string, lines = ''): string[] =>
  sourcesOf(parseNetwork(text) as Network, door(lines)).map(formatAddress);

describe('the sources that a network stands for', () => {
  it('are one for an address', () => {
    expect(sources('203.0.113.9')).toEqual(['203.0.113.9']);
    expect(sources('2001:db8::9')).toEqual(['2001:db8::9']);
  });

  it('are all addresses of a small network', () => {
    expect(sources('203.0.113.8/30')).toEqual([
      '203.0.113.8',
      '203.0.113.9',
      '203.0.113.10',
      '203.0.113.11',
    ]);
    expect(sources('203.0.113.0/24')).toHaveLength(256);
    expect(sources('2001:db8::fffe/127')).toEqual(['2001:db8::fffe', '2001:db8::ffff']);
  });

  it('are networks where the door opens for networks', () => {
    expect(sources('2001:db8:1:2::9', 'open_prefix6 = 64')).toEqual(['2001:db8:1:2::']);
    expect(sources('203.0.113.9', 'open_prefix4 = 20')).toEqual(['203.0.112.0']);
    const all = sources('2001:db8:1:200::/56', 'open_prefix6 = 64');
    expect(all).toHaveLength(256);
    expect([all[0], all[255]]).toEqual(['2001:db8:1:200::', '2001:db8:1:2ff::']);
  });

  it.each([
    ['203.0.112.0/23', '', '/23 is too wide: at most /24'],
    ['0.0.0.0/0', '', '/0 is too wide'],
    ['2001:db8::/55', 'open_prefix6 = 64', '/55 is too wide: at most /56'],
    ['2001:db8::/64', '', 'addresses one by one'],
    ['2001:db8::/56', 'open_prefix6 = 72', 'networks of /72'],
    ['0.0.0.0', '', 'nobody has the address 0.0.0.0'],
    ['::', '', 'nobody has the address ::'],
    ['2001:db8::1', 'target = 192.0.2.1', 'IPv4 alone'],
  ])('are refused for %s (%s)', (text, lines, message) => {
    expect(() => sources(text, lines)).toThrow(message);
  });
});
