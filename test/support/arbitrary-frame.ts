import fc from 'fast-check';
import {
  concat,
  extension,
  fragmentHeader,
  frame,
  mplsLabels,
  pppoeHeader,
  type Extension,
  type FrameOptions,
} from './frame.ts';

/** Ports that interests and frames both draw from, so that they meet. */
export const arbitraryPort: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 6998, max: 7006 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 22, 53, 65534, 65535) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 65535 }) },
);

/** Bytes of a frame of this family: nearly all sorts of honest ones, and some that are cut or damaged. */
export function arbitraryFrame(family: 'ethernet' | 'ip'): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(arbitraryOptions(family), fc.option(fc.nat(160)), arbitraryDamage)
    .map(([options, cut, damage]) => {
      const bytes = frame(options);
      for (const [at, value] of damage) if (at < bytes.length) bytes[at] = value;
      return cut === null ? bytes : bytes.slice(0, cut);
    });
}

const arbitraryDamage = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 2 }) },
);

const arbitraryExtension: fc.Arbitrary<Extension> = fc.oneof(
  fc
    .tuple(fc.constantFrom('hopByHop', 'routing', 'destination', 'authentication'), fc.nat(3))
    .map(([kind, units]) => extension(kind as 'hopByHop', units)),
  fc
    .tuple(fc.constantFrom(0, 0, 1, 100), fc.boolean())
    .map(([at, more]) => fragmentHeader(at, more)),
);

const arbitraryTags = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  {
    weight: 2,
    arbitrary: fc.array(
      fc.record({ id: fc.nat(4095), type: fc.constantFrom(0x8100, 0x88a8, 0x9100) }),
      { maxLength: 4 },
    ),
  },
);

function arbitraryOptions(family: 'ethernet' | 'ip'): fc.Arbitrary<FrameOptions> {
  return fc
    .record({
      isSix: fc.boolean(),
      vlans: family === 'ethernet' ? arbitraryTags : fc.constant([]),
      shim: family === 'ethernet' ? arbitraryShim : fc.constant('none' as const),
      protocol: fc.constantFrom('tcp', 'tcp', 'tcp', 'udp', 'udp', 'icmp', 'gre'),
      port: arbitraryPort,
      flags: fc.constantFrom(2, 2, 2, 16, 18, 0xc2, 0x102),
      options: fc.constantFrom(0, 0, 0, 1, 5, 10),
      fragment: fc.constantFrom('none', 'none', 'none', 'first', 'later'),
      extensions: fc.oneof(
        { weight: 2, arbitrary: fc.constant<Extension[]>([]) },
        { weight: 1, arbitrary: fc.array(arbitraryExtension, { maxLength: 4 }) },
      ),
      payload: fc.constantFrom(0, 10, 300),
    })
    .map((drawn) => {
      const { isSix, vlans, protocol, port, flags, fragment } = drawn;
      const addresses = isSix ? { from: '2001:db8::9', to: '2001:db8::1' } : {};
      const authenticated = drawn.extensions.filter((one) => isSix || one.protocol === 51);
      return {
        link: family === 'ethernet' ? 'ethernet' : 'raw',
        vlans,
        ...shimOf(drawn.shim, isSix),
        ...addresses,
        ...transportOf(protocol, port, flags),
        ip: {
          options: isSix ? new Uint8Array() : new Uint8Array(drawn.options * 4).fill(1),
          moreFragments: !isSix && fragment === 'first',
          fragmentOffset: !isSix && fragment === 'later' ? 64 : 0,
          extensions: authenticated,
        },
        payload: new Uint8Array(drawn.payload),
      };
    });
}

const arbitraryShim = fc.constantFrom(
  'none',
  'none',
  'none',
  'none',
  'mpls',
  'pppoe',
  'vntag',
  'arp',
);

function shimOf(kind: string, isSix: boolean): Pick<FrameOptions, 'shim' | 'ethertype'> {
  switch (kind) {
    case 'mpls':
      return { shim: { type: 0x8847, bytes: mplsLabels([16, 17]) } };
    case 'pppoe':
      return { shim: { type: 0x8864, bytes: pppoeHeader(isSix ? 0x57 : 0x21) } };
    case 'vntag': {
      const type = isSix ? Uint8Array.of(0x86, 0xdd) : Uint8Array.of(8, 0);
      return { shim: { type: 0x8926, bytes: concat(new Uint8Array(4), type) } };
    }
    case 'arp':
      return { ethertype: 0x0806 };
    default:
      return {};
  }
}

function transportOf(protocol: string, port: number, flags: number): Partial<FrameOptions> {
  switch (protocol) {
    case 'tcp':
      return { tcp: { to: port, flags } };
    case 'udp':
      return { udp: { to: port } };
    case 'icmp':
      return { icmp: { type: [8, 128, 0][flags % 3]! } };
    default:
      return { other: { protocol: 47, bytes: new Uint8Array(24) } };
  }
}
