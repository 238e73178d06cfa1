import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';
import { listenersIn } from '../../../src/daemon/listeners.ts';
import { portLines } from '../../../src/daemon/port-lines.ts';
import { formatAddress } from '../../../src/tuple/address.ts';

const HEAD = '  sl  local_address rem_address   st';
const TCP = [
  HEAD,
  '   0: 0100007F:0016 00000000:0000 0A 00000000:00000000',
  '   1: 00000000:1B59 00000000:0000 0A 00000000:00000000',
  '   2: 0100007F:0016 0100007F:C000 01 00000000:00000000',
].join('\n');
const TCP6 = `${HEAD}\n   0: B80D0120000000000000000001000000:0016 ${'0'.repeat(32)}:0000 0A`;

const DOORS = `
[ssh]
 sequence = 7003,7001,7002
 open = tcp/22
[all]
 sequence = 9003,9001
 open = tcp/20-25, udp/53
[free]
 sequence = 9103,9101
 open = tcp/80
 guard = no
`;

describe('listeners', () => {
  it('are those that wait, with their addresses of either family', () => {
    const found = [...listenersIn(TCP, 'tcp'), ...listenersIn(TCP6, 'tcp')];
    expect(found.map(({ port, address }) => `${formatAddress(address)} ${port}`)).toEqual([
      '127.0.0.1 22',
      '0.0.0.0 7001',
      '2001:db8::1 22',
    ]);
  });
});

describe('lines of ports', () => {
  const { doors } = parseConfiguration(DOORS, 'f').configuration!;
  const listeners = listenersIn(TCP, 'tcp');
  const nothing = { doors, grants: [], lifted: [], listeners, isOurs: () => true };
  const said = (lines: ReturnType<typeof portLines>): string[] =>
    lines.map(({ ports, state, listeners: heard }) =>
      `${ports.protocol}/${ports.from} ${state} ${heard.join(' ')}`.trimEnd(),
    );

  it('say who listens, at a port or within a range', () => {
    expect(said(portLines(nothing, false))).toEqual([
      'tcp/20 closed 127.0.0.1:22',
      'tcp/22 closed 127.0.0.1',
      'tcp/80 unguarded',
      'udp/53 closed',
    ]);
  });

  it('say that a lifted guard lets everybody in, where the range has the port too', () => {
    const lifted = [{ protocol: 'tcp', from: 22, to: 22 }] as const;
    expect(said(portLines({ ...nothing, lifted }, false)).slice(0, 2)).toEqual([
      'tcp/20 lifted 127.0.0.1:22',
      'tcp/22 lifted 127.0.0.1',
    ]);
  });

  it('tell ports of a machine behind this host from this one’s, and nothing of who listens there', () => {
    const behind = '[behind]\n sequence = 8003,8001\n target = 10.0.0.5\n open = tcp/22\n';
    const { doors: both } = parseConfiguration(DOORS + behind, 'f').configuration!;
    const lifted = [{ protocol: 'tcp', from: 22, to: 22 }] as const;
    const view = { ...nothing, doors: both, lifted, isOurs: () => false };
    const [last] = portLines(view, false).slice(-1);
    expect(last).toMatchObject({ of: '10.0.0.5', state: 'closed', listeners: [] });
    expect(last!.doors).toEqual(['behind']);
  });

  it('tell where knocks go only if they may, and not in which order', () => {
    const knocks = portLines(nothing, true).filter(({ use }) => use === 'knock');
    expect(knocks.map(({ ports }) => ports.from)).toEqual([
      7001, 7002, 7003, 9001, 9003, 9101, 9103,
    ]);
    expect(knocks[0]!.listeners).toEqual(['0.0.0.0']);
    expect(portLines(nothing, false).some(({ use }) => use === 'knock')).toBe(false);
  });
});
