import { describe, it } from 'vitest';
import type { CounterName } from '../../../src/tuple/columns.ts';
import { expectEndings } from '../../support/endings.ts';
import { concat, extension, frame, ipPacket, type FrameOptions } from '../../support/frame.ts';

const SIX = { from: '2001:db8::9', to: '2001:db8::1' };
const KNOCK = ipPacket({ tcp: { to: 7000, syn: true } });
const KNOCK_SIX = ipPacket({ ...SIX, tcp: { to: 7000, syn: true } });
const KNOCK_FRAME = frame({ tcp: { to: 7000, syn: true } });

describe('a knock inside another packet (R-17)', () => {
  const quoted = (type: number): Uint8Array => frame({ icmp: { type, code: 1 }, payload: KNOCK });
  const quotedSix = (type: number): Uint8Array =>
    frame({ ...SIX, icmp: { type, code: 1 }, payload: KNOCK_SIX });
  const tunnel = (protocol: number, bytes: Uint8Array, more: FrameOptions = {}): Uint8Array =>
    frame({ other: { protocol, bytes }, ...more });
  const over = (port: number, head: number, inner: Uint8Array): Uint8Array =>
    frame({ udp: { to: port }, payload: concat(new Uint8Array(head), inner) });

  it('is none: the outermost IP header alone counts, in 24 shapes', () => {
    const table: (readonly [string, Uint8Array, CounterName])[] = [
      ['destination unreachable', quoted(3), 'unwanted'],
      ['source quench', quoted(4), 'unwanted'],
      ['redirect', quoted(5), 'unwanted'],
      ['time exceeded', quoted(11), 'unwanted'],
      ['parameter problem', quoted(12), 'unwanted'],
      ['ICMPv6 destination unreachable', quotedSix(1), 'unwanted'],
      ['ICMPv6 packet too big', quotedSix(2), 'unwanted'],
      ['ICMPv6 time exceeded', quotedSix(3), 'unwanted'],
      ['ICMPv6 parameter problem', quotedSix(4), 'unwanted'],
      ['GRE', tunnel(47, concat(Uint8Array.of(0, 0, 8, 0), KNOCK)), 'otherProtocol'],
      [
        'GRE with Ethernet',
        tunnel(47, concat(Uint8Array.of(0, 0, 0x65, 0x58), KNOCK_FRAME)),
        'otherProtocol',
      ],
      ['IP in IP', tunnel(4, KNOCK), 'otherProtocol'],
      ['IPv6 in IP', tunnel(41, KNOCK_SIX), 'otherProtocol'],
      ['IP in IPv6', tunnel(4, KNOCK, SIX), 'otherProtocol'],
      ['IPv6 in IPv6', tunnel(41, KNOCK_SIX, SIX), 'otherProtocol'],
      ['EtherIP', tunnel(97, concat(Uint8Array.of(0x30, 0), KNOCK_FRAME)), 'otherProtocol'],
      ['ESP', tunnel(50, KNOCK), 'otherProtocol'],
      [
        'IP behind authentication',
        tunnel(4, KNOCK, { ip: { extensions: [extension('authentication', 4)] } }),
        'otherProtocol',
      ],
      ['SCTP, with ports like TCP', tunnel(132, KNOCK.slice(20)), 'otherProtocol'],
      ['VXLAN', over(4789, 8, KNOCK_FRAME), 'unwanted'],
      ['Geneve', over(6081, 8, KNOCK_FRAME), 'unwanted'],
      ['GTP', over(2152, 8, KNOCK), 'unwanted'],
      ['Teredo', over(3544, 0, KNOCK_SIX), 'unwanted'],
      ['MPLS in UDP', over(6635, 4, KNOCK), 'unwanted'],
    ];
    return expectEndings(table);
  });
});
