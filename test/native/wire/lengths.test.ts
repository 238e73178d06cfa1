import { describe, expect, it } from 'vitest';
import { expectEndings, rowsOf } from '../../support/endings.ts';
import { concat, frame } from '../../support/frame.ts';

const SYN = { to: 7000, syn: true };
const SIX = { from: '2001:db8::9', to: '2001:db8::1' };
/** What would be a knock if it counted: the bytes of a whole TCP header. */
const TCP_HEADER = frame({ tcp: SYN }).slice(34);

describe('bytes after the IP length (R-05)', () => {
  it('are no part of a header', () =>
    expectEndings([
      [
        '8 bytes of TCP, the rest as padding',
        frame({ tcp: SYN, ip: { totalLength: 28 } }),
        'cutTransport',
      ],
      [
        'no TCP at all, all of it as padding',
        frame({ tcp: SYN, ip: { totalLength: 20 } }),
        'cutTransport',
      ],
      ['19 bytes of TCP', frame({ tcp: SYN, ip: { totalLength: 39 } }), 'cutTransport'],
      ['7 bytes of UDP', frame({ udp: { to: 7000 }, ip: { totalLength: 27 } }), 'cutTransport'],
      [
        '19 bytes of TCP over IPv6',
        frame({ ...SIX, tcp: SYN, ip: { payloadLength: 19 } }),
        'cutTransport',
      ],
      [
        'a header in the trailer of another protocol',
        frame({ other: { protocol: 253, bytes: new Uint8Array() }, trailer: TCP_HEADER }),
        'otherProtocol',
      ],
      [
        'a tiny first fragment, the rest as padding',
        frame({ tcp: SYN, ip: { totalLength: 28, moreFragments: true } }),
        'cutTransport',
      ],
    ]));

  it('change nothing of a whole packet, and are no payload', async () => {
    const trailers = [0, 4, 6, 18, 300].map((length) => new Uint8Array(length).fill(0x1b));
    const rows = await rowsOf(
      trailers.map((trailer) => frame({ tcp: SYN, payload: 'abc', trailer })),
    );
    expect(rows.map(({ ended }) => ended)).toEqual(trailers.map(() => 'wanted'));
    expect(rows.map((row) => row['payloadLength'])).toEqual(trailers.map(() => 3));
  });

  it('count where the sender left the length to the hardware (total length 0)', async () => {
    const [row] = await rowsOf([frame({ tcp: SYN, payload: 'abcdef', ip: { totalLength: 0 } })]);
    expect(row!.ended).toBe('wanted');
    expect(row!['payloadLength']).toBe(6);
  });
});

describe('headers that lie about their lengths (R-06)', () => {
  const ihl = (headerWords: number): Uint8Array => frame({ tcp: SYN, ip: { headerWords } });
  const total = (totalLength: number): Uint8Array => frame({ tcp: SYN, ip: { totalLength } });
  const offset = (dataOffset: number, options = 0): Uint8Array =>
    frame({ tcp: { ...SYN, dataOffset, options: new Uint8Array(options) } });
  const udp = (length: number): Uint8Array =>
    frame({ udp: { to: 7000, length }, payload: '0123456789' });

  it('make no knock in 46 shapes, and none is missed', () =>
    expectEndings([
      ['header length 0', ihl(0), 'badIp'],
      ['header length 1', ihl(1), 'badIp'],
      ['header length 2', ihl(2), 'badIp'],
      ['header length 3', ihl(3), 'badIp'],
      ['header length 4', ihl(4), 'badIp'],
      ['header length 6, 5 sent', ihl(6), 'badChecksum'],
      ['header length 15, 5 sent', ihl(15), 'badIp'],
      [
        'header length 15, all sent',
        frame({ tcp: SYN, ip: { options: new Uint8Array(40).fill(1) } }),
        'wanted',
      ],
      ['total length 0', total(0), 'wanted'],
      ['total length 1', total(1), 'badIp'],
      ['total length 19', total(19), 'badIp'],
      [
        'total length under a header with options',
        frame({ tcp: SYN, ip: { totalLength: 20, options: new Uint8Array(4) } }),
        'badIp',
      ],
      ['total length 20', total(20), 'cutTransport'],
      ['total length 39', total(39), 'cutTransport'],
      ['total length 40', total(40), 'wanted'],
      ['total length 41, cut by the capture', total(41), 'wanted'],
      ['data offset 0', offset(0), 'badTransport'],
      ['data offset 1', offset(1), 'badTransport'],
      ['data offset 2', offset(2), 'badTransport'],
      ['data offset 3', offset(3), 'badTransport'],
      ['data offset 4', offset(4), 'badTransport'],
      ['data offset 5', offset(5), 'wanted'],
      ['data offset 6, 5 sent', offset(6), 'badTransport'],
      ['data offset 15, 5 sent', offset(15), 'badTransport'],
      ['data offset 15, all sent', offset(15, 40), 'wanted'],
      ['UDP length 0', udp(0), 'badTransport'],
      ['UDP length 1', udp(1), 'badTransport'],
      ['UDP length 2', udp(2), 'badTransport'],
      ['UDP length 3', udp(3), 'badTransport'],
      ['UDP length 4', udp(4), 'badTransport'],
      ['UDP length 5', udp(5), 'badTransport'],
      ['UDP length 6', udp(6), 'badTransport'],
      ['UDP length 7', udp(7), 'badTransport'],
      ['UDP length 8', udp(8), 'wanted'],
      ['UDP length as sent', udp(18), 'wanted'],
      ['UDP length one past the packet', udp(19), 'badTransport'],
      ['UDP length 65535', udp(65535), 'badTransport'],
      ['version 5', frame({ tcp: SYN, ip: { version: 5 } }), 'badIp'],
      ['version 6 under the ethertype of 4', frame({ tcp: SYN, ip: { version: 6 } }), 'badIp'],
      [
        'version 4 under the ethertype of 6',
        frame({ ...SIX, tcp: SYN, ip: { version: 4 } }),
        'badIp',
      ],
      ['a wrong checksum', frame({ tcp: SYN, ip: { checksum: 0x1234 } }), 'badChecksum'],
      ['a checksum of 0', frame({ tcp: SYN, ip: { checksum: 0 } }), 'badChecksum'],
      ['IPv6 payload length 0', frame({ ...SIX, tcp: SYN, ip: { payloadLength: 0 } }), 'wanted'],
      ['IPv6 payload length 20', frame({ ...SIX, tcp: SYN, ip: { payloadLength: 20 } }), 'wanted'],
      [
        'IPv6, UDP length past the packet',
        frame({ ...SIX, udp: { to: 7000, length: 9 } }),
        'badTransport',
      ],
      ['IPv6, UDP length 0', frame({ ...SIX, udp: { to: 7000, length: 0 } }), 'badTransport'],
    ]));

  it('show what they would have been where the checksum alone is wrong', async () => {
    const [row] = await rowsOf([frame({ tcp: SYN, ip: { checksum: 1 } })]);
    expect(row!.dump).toMatchObject({ src: '203.0.113.9', dport: 7000, flags: 2, complete: true });
  });

  it('never judge TCP and UDP checksums', () =>
    expectEndings([
      ['TCP', concat(frame({ tcp: SYN }).slice(0, 50), Uint8Array.of(1, 2, 0, 0)), 'wanted'],
      ['UDP', concat(frame({ udp: { to: 7000 } }).slice(0, 40), Uint8Array.of(1, 2)), 'wanted'],
    ]));
});
