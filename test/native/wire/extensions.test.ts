import { describe, expect, it } from 'vitest';
import { TRAIT } from '../../../src/tuple/batch.ts';
import { expectEndings, rowsOf } from '../../support/endings.ts';
import {
  extension,
  fragmentHeader,
  frame,
  type Extension,
  type FrameOptions,
} from '../../support/frame.ts';
import { interestIn } from '../../support/interest.ts';

const SIX = { from: '2001:db8::9', to: '2001:db8::1' };

describe('IPv6 extension headers (R-12)', () => {
  const with_ = (extensions: readonly Extension[], more: FrameOptions = {}): Uint8Array =>
    frame({ ...SIX, tcp: { to: 7000, syn: true }, ...more, ip: { extensions, ...more.ip } });
  const chain = (length: number): Extension[] =>
    Array.from({ length }, () => extension('destination'));
  const hop = extension('hopByHop');

  it('are walked up to sixteen, then the packet is no knock', () =>
    expectEndings([
      ['none', with_([]), 'wanted'],
      ['hop-by-hop', with_([hop]), 'wanted'],
      ['routing', with_([extension('routing', 2)]), 'wanted'],
      ['destination options', with_([extension('destination', 3)]), 'wanted'],
      ['authentication', with_([extension('authentication', 4)]), 'wanted'],
      ['an atomic fragment', with_([fragmentHeader(0, false)]), 'wanted'],
      ['a whole first fragment', with_([fragmentHeader(0, true)]), 'wanted'],
      ['a later fragment', with_([fragmentHeader(1, true)]), 'laterFragment'],
      [
        'all of them',
        with_([
          hop,
          extension('routing'),
          fragmentHeader(0, false),
          extension('authentication', 1),
          extension('destination'),
        ]),
        'wanted',
      ],
      ['hop-by-hop of 2,048 bytes', with_([extension('hopByHop', 255)]), 'wanted'],
      ['sixteen', with_(chain(16)), 'wanted'],
      ['seventeen', with_(chain(17)), 'extensionLimit'],
      ['sixty-four', with_(chain(64)), 'extensionLimit'],
      [
        'hop-by-hop that names itself',
        with_(Array.from({ length: 40 }, () => hop)),
        'extensionLimit',
      ],
      [
        'a jumbogram',
        with_([{ protocol: 0, bytes: Uint8Array.of(0, 0xc2, 4, 0, 1, 0, 0) }], {
          ip: { payloadLength: 0 },
        }),
        'wanted',
      ],
      ['BIG TCP, without the option', with_([], { ip: { payloadLength: 0 } }), 'wanted'],
      ['cut inside an extension', with_([extension('destination', 3)]).slice(0, 60), 'cutIp'],
      [
        'an extension longer than the packet',
        with_([extension('destination')], { ip: { payloadLength: 7 } }),
        'badIp',
      ],
      [
        'one that claims 2,048 bytes',
        with_([{ protocol: 60, bytes: Uint8Array.of(255, 0, 0, 0, 0, 0, 0) }]),
        'badIp',
      ],
      ['no next header', with_([], { ip: { protocol: 59 } }), 'otherProtocol'],
      ['ESP', with_([], { ip: { protocol: 50 } }), 'otherProtocol'],
      ['mobility', with_([], { ip: { protocol: 135 } }), 'otherProtocol'],
      ['ICMP of version 4', with_([], { ip: { protocol: 1 } }), 'otherProtocol'],
      [
        'UDP behind hop-by-hop',
        frame({ ...SIX, udp: { to: 7000 }, ip: { extensions: [hop] } }),
        'wanted',
      ],
    ]));

  it('authentication is walked in IPv4 too, the others are not', () => {
    const four = (extensions: readonly Extension[]): Uint8Array =>
      frame({ tcp: { to: 7000, syn: true }, ip: { extensions } });
    return expectEndings([
      ['authentication', four([extension('authentication', 4)]), 'wanted'],
      ['hop-by-hop', four([hop]), 'otherProtocol'],
      ['ICMPv6', frame({ other: { protocol: 58, bytes: new Uint8Array(8) } }), 'otherProtocol'],
    ]);
  });

  it('leave the addresses of the header as they are', async () => {
    const [row] = await rowsOf([with_([extension('routing', 2)])]);
    expect(row!.dump).toMatchObject({ src: '2001:db8::9', dst: '2001:db8::1' });
  });

  it('note atomic and first fragments', async () => {
    const rows = await rowsOf([
      with_([fragmentHeader(0, false)]),
      with_([fragmentHeader(0, true)]),
    ]);
    expect(rows.map(({ dump }) => dump.frag)).toEqual(['atomic', 'first']);
  });

  it('an IPv6 packet that wears an IPv4 address is another source than that address', async () => {
    const [four, six] = await rowsOf([
      frame({ from: '203.0.113.9', tcp: { to: 7000, syn: true } }),
      frame({ from: '::ffff:cb00:7109', to: '2001:db8::1', tcp: { to: 7000, syn: true } }),
    ]);
    expect(four!['source3']).toBe(six!['source3']);
    expect(six!['traits']! & (TRAIT.ipv4 | TRAIT.ipv6)).toBe(TRAIT.ipv6);
    expect([six!['key0'], six!['key1']]).not.toEqual([four!['key0'], four!['key1']]);
    expect(six!.dump.src).toBe('::ffff:203.0.113.9');
  });

  it('ICMP and ICMPv6 have a type and a code in the place of a port', async () => {
    const rows = await rowsOf(
      [frame({ icmp: { type: 8 } }), frame({ ...SIX, icmp: { type: 128, code: 1 } })],
      {
        interest: interestIn({ icmp: true, icmp6: true }),
      },
    );
    expect(rows.map(({ ended }) => ended)).toEqual(['wanted', 'wanted']);
    expect(rows.map((row) => row['sourcePort'])).toEqual([0x0800, 0x8001]);
    expect(rows.map((row) => row['port'])).toEqual([0, 0]);
  });
});
