import { describe, expect, it } from 'vitest';
import { heardBy, heardTwice } from '../../../src/source/heard-twice.ts';
import type { Link } from '../../../src/source/link-watch.ts';

function link(index: number, name: string, over: Partial<Link> = {}): Link {
  return { index, name, kind: '', master: 0, lower: 0, isUp: true, ...over };
}

const LINKS = [
  link(1, 'lo'),
  link(2, 'eth0', { master: 5 }),
  link(3, 'eth1', { master: 6 }),
  link(4, 'veth1', { kind: 'veth', lower: 8 }),
  link(5, 'bond0', { kind: 'bond', master: 7 }),
  link(6, 'vrf0', { kind: 'vrf' }),
  link(7, 'br0', { kind: 'bridge' }),
  link(8, 'veth2', { kind: 'veth', lower: 4 }),
  link(9, 'br0.10', { kind: 'vlan', lower: 7 }),
  link(10, 'ovs0', { master: 11 }),
  link(11, 'ovs-system', { kind: 'openvswitch' }),
  link(12, 'mac0', { kind: 'macvlan', lower: 99 }),
];

describe('packets that are heard twice', () => {
  const twice = heardTwice(LINKS);
  const by = (name: string, ...names: string[]): string | undefined =>
    heardBy(
      LINKS.find((each) => each.name === name)!,
      twice,
      names,
    )?.name;

  it.each([
    ['the part of a bond is heard on the bond', 'eth0', ['eth0', 'bond0'], 'bond0'],
    ['and on the bridge that the bond is a part of', 'eth0', ['eth0', 'br0'], 'br0'],
    ['a VLAN is heard on the link that carries it', 'br0.10', ['br0.10', 'br0'], 'br0'],
    ['a part is heard alone where nobody listens on the whole', 'eth0', ['eth0', 'lo'], undefined],
    ['a bridge does not spare itself for its part', 'br0', ['br0', 'eth0'], undefined],
    ['a VRF does not hear what its parts hear', 'eth1', ['eth1', 'vrf0'], undefined],
    ['nor does Open vSwitch', 'ovs0', ['ovs0', 'ovs-system'], undefined],
    ['ends of a veth are two links', 'veth1', ['veth1', 'veth2'], undefined],
    ['what lies below in another namespace is unknown', 'mac0', ['mac0', 'eth0'], undefined],
  ])('%s', (_, name, names, expected) => {
    expect(by(name, ...names)).toBe(expected);
  });

  it('come to an end where links stand on each other in a circle', () => {
    const circle = [
      link(1, 'a', { kind: 'vlan', lower: 2 }),
      link(2, 'b', { kind: 'vlan', lower: 1 }),
    ];
    expect(heardBy(circle[0]!, heardTwice(circle), ['c'])).toBe(undefined);
  });
});
