import { describe, expect, it } from 'vitest';
import { expectEndings, rowsOf } from '../../support/endings.ts';
import { fragmentHeader, frame, type FrameOptions, type IpFields } from '../../support/frame.ts';

const SIX = { from: '2001:db8::9', to: '2001:db8::1' };

describe('fragments (R-13)', () => {
  const tcp = (ip: IpFields, more: FrameOptions = {}): Uint8Array =>
    frame({ tcp: { to: 7000, syn: true }, ip, ...more });
  /** The first bytes of a TCP header, as a fragment of its own. */
  const tiny = (bytes: number): Uint8Array => tcp({ moreFragments: true, totalLength: 20 + bytes });

  it('only a whole header in a first or atomic one is a knock, in 14 shapes', () =>
    expectEndings([
      ['first, with the whole header', tcp({ moreFragments: true }), 'wanted'],
      ['first, with 8 bytes of TCP', tiny(8), 'cutTransport'],
      ['first, with 16 bytes of TCP', tiny(16), 'cutTransport'],
      [
        'first, with options cut off',
        frame({ tcp: { to: 7000, syn: true, dataOffset: 10 }, ip: { moreFragments: true } }),
        'badTransport',
      ],
      ['later, with bytes like a header', tcp({ fragmentOffset: 1 }), 'laterFragment'],
      [
        'later, and more to come',
        tcp({ fragmentOffset: 185, moreFragments: true }),
        'laterFragment',
      ],
      [
        'overlapping the first at offset 1',
        tcp({ fragmentOffset: 1, moreFragments: true }),
        'laterFragment',
      ],
      ['the last there can be', tcp({ fragmentOffset: 8191 }), 'laterFragment'],
      [
        'first of a datagram, with a length past itself',
        frame({ udp: { to: 7000, length: 3008 }, ip: { moreFragments: true } }),
        'wanted',
      ],
      [
        'later of a datagram',
        frame({ udp: { to: 7000 }, ip: { fragmentOffset: 3 } }),
        'laterFragment',
      ],
      ['IPv6 later', tcp({ extensions: [fragmentHeader(3, false)] }, SIX), 'laterFragment'],
      ['IPv6 first, whole', tcp({ extensions: [fragmentHeader(0, true)] }, SIX), 'wanted'],
      [
        'IPv6 first, with 8 bytes of TCP',
        tcp({ extensions: [fragmentHeader(0, true)], payloadLength: 16 }, SIX),
        'cutTransport',
      ],
      ['IPv6 atomic', tcp({ extensions: [fragmentHeader(0, false)] }, SIX), 'wanted'],
    ]));

  it('a later one shows addresses and protocol, but no ports', async () => {
    const rows = await rowsOf([
      tcp({ fragmentOffset: 1 }),
      tcp({ extensions: [fragmentHeader(1, true)] }, SIX),
    ]);
    for (const row of rows) {
      expect(row.dump).toMatchObject({
        proto: 'tcp',
        sport: null,
        dport: null,
        flags: null,
        frag: 'later',
        complete: false,
      });
      expect([row['sourcePort'], row['port'], row['flags']]).toEqual([0, 0, 0]);
    }
    expect(rows.map(({ dump }) => dump.src)).toEqual(['203.0.113.9', '2001:db8::9']);
  });
});
