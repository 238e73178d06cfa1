import { describe, expect, it } from 'vitest';
import { expectEndings, rowsOf } from '../../support/endings.ts';
import {
  be16,
  be32,
  concat,
  frame,
  ipPacket,
  LINK_TYPE,
  mplsLabels,
  pppoeHeader,
} from '../../support/frame.ts';

const SYN = { tcp: { to: 7000, syn: true } };
const SIX = { from: '2001:db8::9', to: '2001:db8::1' };

describe('link headers', () => {
  it.each(Object.entries(LINK_TYPE))('%s carries IPv4 and IPv6', async (link, linkType) => {
    const of = (more: object): Uint8Array => frame({ link: link as 'ethernet', ...SYN, ...more });
    const rows = await rowsOf([of({}), of(SIX)], { linkType });
    expect(rows.map(({ ended }) => ended)).toEqual(['wanted', 'wanted']);
    expect(rows.map(({ dump }) => dump.src)).toEqual(['203.0.113.9', '2001:db8::9']);
  });

  it.each([12, 14, 101, 228])('link type %i is a bare IPv4 packet', (linkType) =>
    expectEndings([['IPv4', ipPacket(SYN), 'wanted']], { linkType }),
  );

  it.each([12, 14, 101, 229])('link type %i is a bare IPv6 packet', (linkType) =>
    expectEndings([['IPv6', ipPacket({ ...SYN, ...SIX }), 'wanted']], { linkType }),
  );

  it('raw IP of neither version is no IP, and no bytes at all are cut', () =>
    expectEndings(
      [
        ['version 5', Uint8Array.of(0x55, ...new Uint8Array(60)), 'badIp'],
        ['nothing', new Uint8Array(), 'cutIp'],
      ],
      { linkType: 101 },
    ));

  it('loopback families are read in either byte order, each IPv6 number there is', () => {
    const family = (bytes: Uint8Array, six: boolean): Uint8Array =>
      concat(bytes, ipPacket(six ? { ...SYN, ...SIX } : SYN));
    const little = (value: number): Uint8Array => be32(value).reverse();
    return expectEndings(
      [
        ['2, little', family(little(2), false), 'wanted'],
        ['2, big', family(be32(2), false), 'wanted'],
        ...[10, 23, 24, 28, 30].flatMap((six) => [
          [`${six}, little`, family(little(six), true), 'wanted'] as const,
          [`${six}, big`, family(be32(six), true), 'wanted'] as const,
        ]),
        ['7', family(little(7), false), 'notIp'],
        ['cut', Uint8Array.of(2, 0, 0), 'cutLink'],
      ],
      { linkType: LINK_TYPE.null },
    );
  });

  it('PPP may leave out its address bytes and the first byte of its protocol', () =>
    expectEndings(
      [
        ['in full', concat(be16(0xff03), be16(0x21), ipPacket(SYN)), 'wanted'],
        ['no address', concat(be16(0x21), ipPacket(SYN)), 'wanted'],
        ['short protocol', concat(Uint8Array.of(0x21), ipPacket(SYN)), 'wanted'],
        [
          'short protocol, IPv6',
          concat(Uint8Array.of(0x57), ipPacket({ ...SYN, ...SIX })),
          'wanted',
        ],
        ['LCP', concat(be16(0xff03), be16(0xc021), new Uint8Array(20)), 'notIp'],
        ['cut', be16(0xff03), 'cutLink'],
      ],
      { linkType: LINK_TYPE.ppp },
    ));

  it('MPLS, PPPoE and VN-Tag are walked', () => {
    const behind = (type: number, bytes: Uint8Array, more: object = {}): Uint8Array =>
      frame({ ...SYN, ...more, shim: { type, bytes } });
    const inner = frame({ ...SYN, vlans: [5] }).slice(0, 18);
    return expectEndings([
      ['one label', behind(0x8847, mplsLabels([16])), 'wanted'],
      ['three labels, IPv6', behind(0x8847, mplsLabels([16, 17, 2]), SIX), 'wanted'],
      ['an upstream label', behind(0x8848, mplsLabels([16])), 'wanted'],
      [
        'a pseudowire',
        behind(0x8847, concat(mplsLabels([16]), new Uint8Array(4), inner)),
        'wanted',
      ],
      ['nine labels', behind(0x8847, mplsLabels([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])), 'linkDepth'],
      ['labels without an end', behind(0x8847, new Uint8Array(400)), 'linkDepth'],
      [
        'a label with an unknown load',
        behind(0x8847, concat(mplsLabels([16]), be32(0x90000000))),
        'notIp',
      ],
      ['PPPoE', behind(0x8864, pppoeHeader(0x21)), 'wanted'],
      ['PPPoE, IPv6', behind(0x8864, pppoeHeader(0x57), SIX), 'wanted'],
      ['PPPoE, LCP', behind(0x8864, pppoeHeader(0xc021)), 'notIp'],
      ['PPPoE discovery', frame({ ethertype: 0x8863 }), 'notIp'],
      ['VN-Tag', behind(0x8926, concat(new Uint8Array(4), be16(0x0800))), 'wanted'],
    ]);
  });

  it('frames without IP, and cut ones', () =>
    expectEndings([
      ['ARP', frame({ ethertype: 0x0806 }), 'notIp'],
      ['802.3 length', frame({ ethertype: 46 }), 'notIp'],
      ['nothing', new Uint8Array(), 'cutLink'],
      ['13 bytes', frame().slice(0, 13), 'cutLink'],
      ['no IP header', frame().slice(0, 14), 'cutIp'],
      ['19 bytes of IPv4', frame().slice(0, 33), 'cutIp'],
      ['39 bytes of IPv6', frame(SIX).slice(0, 53), 'cutIp'],
    ]));

  it.each(['sll', 'sll2'] as const)(
    'packets that this host sent are told by a cooked header: %s',
    async (link) => {
      const linkType = LINK_TYPE[link];
      const rows = await rowsOf(
        [0, 1, 2, 3, 4].map((packetType) => frame({ link, packetType, ...SYN })),
        { linkType },
      );
      expect(rows.map(({ ended }) => ended)).toEqual([
        'wanted',
        'wanted',
        'wanted',
        'wanted',
        'outgoing',
      ]);
      expect(rows[4]!.dump).toMatchObject({ src: '203.0.113.9', dport: 7000 });
    },
  );
});
