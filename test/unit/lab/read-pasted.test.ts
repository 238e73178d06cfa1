import { describe, expect, it } from 'vitest';
import { readPackets } from '../../../src/lab/page/model/read-packets.ts';
import { readPorts } from '../../../src/lab/page/model/read-ports.ts';
import { formatAddress } from '../../../src/tuple/address.ts';

const DAY = Date.parse('2026-01-31T12:00:00Z');
const NINE = Date.parse('2026-01-31T09:08:07Z') / 1000;

describe('ports that were pasted', () => {
  it.each([
    ['numbers', '40211, 40178 7000', [{ port: 40211 }, { port: 40178 }, { port: 7000 }]],
    ['with a protocol', '7000:udp', [{ port: 7000, protocol: 'udp' }]],
    ['sizes of pings', 'icmp:64', [{ port: 64, protocol: 'icmp' }]],
    ['of knock -v', 'hitting udp 192.0.2.1:7000', [{ port: 7000, protocol: 'udp' }]],
    [
      'a SYN that tcpdump saw',
      '09:08:07.1 IP 203.0.113.9.50000 > 192.0.2.1.7000: Flags [S], seq 1, length 0',
      [{ port: 7000, protocol: 'tcp' }],
    ],
    [
      'a datagram that tcpdump saw',
      '09:08:07.1 IP6 2001:db8::9.50000 > 2001:db8::1.7000: UDP, length 1',
      [{ port: 7000, protocol: 'udp' }],
    ],
    [
      'a ping that tcpdump saw',
      '09:08:07.1 IP 203.0.113.9 > 192.0.2.1: ICMP echo request, id 1, seq 1, length 72',
      [{ port: 64, protocol: 'icmp' }],
    ],
  ])('are read: %s', (_, text, ports) => {
    expect(readPorts(text)).toEqual({ ports, unread: [] });
  });

  it('that are none are told of', () => {
    expect(readPorts('7000 seven 70000')).toEqual({
      ports: [{ port: 7000 }],
      unread: ['seven', '70000'],
    });
  });
});

describe('packets that were pasted', () => {
  it.each([
    ['plain, by seconds', `${NINE}.25 203.0.113.9 tcp/7000 S`, 'tcp', 7000, 2],
    ['plain, without flags', `2026-01-31T09:08:07.25Z 203.0.113.9 tcp/7000`, 'tcp', 7000, 2],
    ['plain, a date and a time', `2026-01-31 09:08:07.25 203.0.113.9 udp/7000`, 'udp', 7000, 0],
    ['plain, flags by name', `09:08:07.25 203.0.113.9 tcp/7000 syn+ack`, 'tcp', 7000, 18],
    ['plain, a ping', `09:08:07.25 203.0.113.9 icmp/64`, 'icmp', 64, 0],
    [
      'tcpdump, a SYN',
      '09:08:07.250000 IP 203.0.113.9.50000 > 192.0.2.1.7000: Flags [S], length 0',
      'tcp',
      7000,
      2,
    ],
    [
      'tcpdump -tt, a datagram',
      `${NINE}.250000 IP 203.0.113.9.50000 > 192.0.2.1.7000: UDP, length 1`,
      'udp',
      7000,
      0,
    ],
    [
      'tcpdump -tttt, a ping',
      '2026-01-31 09:08:07.250000 IP 203.0.113.9 > 192.0.2.1: ICMP echo request, id 1, seq 1, length 72',
      'icmp',
      64,
      0,
    ],
    [
      'a line of the kernel’s',
      '2026-01-31T09:08:07.25Z gw kernel: postern: IN=eth0 OUT= MAC= SRC=203.0.113.9 DST=192.0.2.1 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP SPT=50000 DPT=7000 WINDOW=64240 RES=0x00 SYN URGP=0',
      'tcp',
      7000,
      2,
    ],
  ])('are read: %s', (_, line, protocol, port, flags) => {
    const { packets, unread } = readPackets(line, DAY);
    expect(unread).toEqual([]);
    const [packet] = packets;
    expect(packet).toMatchObject({ protocol, port, flags, seconds: NINE, nanoseconds: 25e7 });
    expect(formatAddress(packet!.source)).toBe('203.0.113.9');
    expect(formatAddress(packet!.target)).toBe('192.0.2.1');
  });

  it('by IPv6 are ICMPv6 where they are pings', () => {
    const { packets } = readPackets('09:08:07 2001:db8::9 icmp/64', DAY);
    expect(packets[0]!.protocol).toBe('icmp6');
  });

  it('that are none are told of by their line; remarks and blanks are passed over', () => {
    const text = '# what came\n\n09:08:07 203.0.113.9 tcp/7000\nhello\n09:08:07 nobody tcp/1\n';
    const { packets, unread } = readPackets(text, DAY);
    expect(packets).toHaveLength(1);
    expect(unread.map(({ line }) => line)).toEqual([4, 5]);
  });
});
