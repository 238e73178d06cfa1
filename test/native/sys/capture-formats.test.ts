import { describe, expect, it } from 'vitest';
import { pcap, PcapngWriter, type PcapOptions } from '../../support/capture.ts';
import { concat, frame } from '../../support/frame.ts';
import { readCapture, type Reading } from '../../support/read-capture.ts';

const SYN = frame({ tcp: { to: 7000, syn: true } });
const UDP = frame({ udp: { to: 53 } });

/** Read by the addon; TypeScript must say the same. */
async function read(file: Uint8Array): Promise<Reading> {
  const native = await readCapture(file, { decoder: 'native' });
  const typescript = await readCapture(file, { decoder: 'typescript' });
  expect(typescript.rows).toEqual(native.rows);
  expect(typescript.error?.message.replace(/^\S+/, '')).toBe(
    native.error?.message.replace(/^\S+/, ''),
  );
  expect(typescript.interfaces).toEqual(native.interfaces);
  return native;
}

async function times(file: Uint8Array): Promise<readonly string[]> {
  return (await read(file)).rows.map(({ dump }) => dump.ts);
}

describe('classic pcap', () => {
  it.each<[string, PcapOptions]>([
    ['little-endian', {}],
    ['big-endian', { isBig: true }],
    ['with nanoseconds', { isNano: true }],
    ['big-endian with nanoseconds', { isBig: true, isNano: true }],
    ['modified, with longer record headers', { isModified: true }],
    ['modified, big-endian', { isModified: true, isBig: true }],
  ])('is read %s', async (_, options) => {
    const packets = [
      { bytes: SYN, seconds: 1_700_000_000, nanoseconds: 123_456_000 },
      { bytes: UDP, seconds: 4_294_967_295, nanoseconds: 999_999_000, originalLength: 1500 },
    ];
    const { rows, error } = await read(pcap(packets, options));
    expect(error).toBeUndefined();
    expect(rows.map(({ dump }) => dump.ts)).toEqual([
      '1700000000.123456000',
      '4294967295.999999000',
    ]);
    expect(rows.map((row) => row['frameLength'])).toEqual([SYN.length, 1500]);
    expect(rows.map(({ dump }) => dump.dport)).toEqual([7000, 53]);
  });

  it('carries odd fractions over, and takes a negative one for none', async () => {
    const packets = [1_000_000, 1_999_999, 0x8000_0000].map((microseconds) => ({
      bytes: SYN,
      seconds: 10,
      nanoseconds: microseconds * 1000,
    }));
    expect(await times(pcap(packets))).toEqual(['11.000000000', '11.999999000', '10.000000000']);
  });

  it('had its lengths the other way round before version 2.3', async () => {
    const file = pcap([{ bytes: SYN, originalLength: SYN.length }], { version: [2, 2] });
    expect((await read(file)).rows).toHaveLength(1);
  });

  it('ignores what the link type word says of the check sequence', async () => {
    const { rows } = await read(pcap([{ bytes: SYN }], { linkType: 0x5000_0001 }));
    expect(rows[0]!.dump.dport).toBe(7000);
  });

  it('may hold no packets at all', async () => {
    const { rows, error } = await read(pcap([]));
    expect([rows, error]).toEqual([[], undefined]);
  });
});

describe('pcapng', () => {
  const one = new PcapngWriter();
  const other = new PcapngWriter(true);

  it('may change byte order, and numbers interfaces anew, with each section', async () => {
    const { rows, interfaces } = await read(
      concat(
        one.section(),
        one.interface(1, { name: 'eth0' }),
        one.interface(101, { name: 'tun0' }),
        one.packet(SYN, 1n),
        one.packet(SYN.slice(14), 2n, 1),
        other.section(),
        other.interface(1, { name: 'eth1' }),
        other.packet(UDP, 3n),
      ),
    );
    expect(rows.map((row) => [row['interface'], row.dump.dport, row.dump.ts])).toEqual([
      [0, 7000, '0.000001000'],
      [1, 7000, '0.000002000'],
      [2, 53, '0.000003000'],
    ]);
    expect(interfaces).toEqual(['eth0', 'tun0', 'eth1']);
  });

  it.each([one, other])(
    'has enhanced, simple and obsolete packets among blocks of all kinds',
    async (writer) => {
      const { rows } = await read(
        concat(
          writer.section([[2, new TextEncoder().encode('a machine')]]),
          writer.interface(1, { snapLength: 50 }),
          writer.block(4, new Uint8Array(8)), // name resolution
          writer.packet(SYN, 5n),
          writer.block(0x0bad, new Uint8Array(100)), // custom
          writer.simplePacket(UDP),
          writer.simplePacket(SYN.slice(0, 50), 1500),
          writer.obsoletePacket(UDP, 6n),
          writer.block(5, new Uint8Array(12)), // statistics
        ),
      );
      expect(rows.map(({ dump }) => [dump.ts, dump.complete])).toEqual([
        ['0.000005000', true],
        ['0.000000000', true],
        ['0.000000000', false],
        ['0.000006000', true],
      ]);
    },
  );

  it.each([
    [
      'microseconds where nothing is said',
      undefined,
      1_700_000_000_000_001n,
      '1700000000.000001000',
    ],
    ['seconds', 0, 1_700_000_000n, '1700000000.000000000'],
    ['milliseconds', 3, 1_700_000_000_999n, '1700000000.999000000'],
    ['nanoseconds', 9, 1_700_000_000_123_456_789n, '1700000000.123456789'],
    ['picoseconds, cut to nanoseconds', 12, 1_999n, '0.000000001'],
    ['the finest that 64 bits can count', 19, 0xffff_ffff_ffff_ffffn, '1.844674407'],
    ['finer than a second can hold', 20, 0xffff_ffff_ffff_ffffn, '0.184467440'],
    ['the finest power of ten', 127, 0xffff_ffff_ffff_ffffn, '0.000000000'],
    ['seconds, as a power of two', 0x80, 1_700_000_000n, '1700000000.000000000'],
    ['1/1024 seconds', 0x8a, 1_700_000_000n * 1024n + 512n, '1700000000.500000000'],
    ['2^-32 seconds', 0xa0, (7n << 32n) | 0x8000_0000n, '7.500000000'],
    ['2^-63 seconds', 0xbf, (1n << 63n) | (1n << 62n), '1.500000000'],
    ['2^-64 seconds', 0xc0, 1n << 63n, '0.500000000'],
    ['the finest power of two', 0xff, 0xffff_ffff_ffff_ffffn, '0.000000000'],
    ['microseconds beyond 2^53', 6, (1n << 53n) + 1n, '9007199254.740993000'],
    ['microseconds to the end', 6, 0xffff_ffff_ffff_ffffn, '18446744073709.551615000'],
  ] as const)('counts time in %s', async (_, resolution, ticks, expected) => {
    const options = resolution === undefined ? {} : { resolution };
    const file = concat(one.section(), one.interface(1, options), one.packet(SYN, ticks));
    expect(await times(file)).toEqual([expected]);
  });

  it.each([
    [1_000_000_000n, '1000000001.500000000'],
    [-1n, '0.500000000'],
    [-10n, '-8.500000000'],
  ])('adds an offset of %i seconds', async (offset, expected) => {
    const file = concat(one.section(), one.interface(1, { offset }), one.packet(SYN, 1_500_000n));
    expect(await times(file)).toEqual([expected]);
  });

  it('reads other interfaces until a packet of one that it does not know comes', async () => {
    const { rows, error } = await read(
      concat(
        one.section(),
        one.interface(1),
        one.interface(127),
        one.packet(SYN),
        one.packet(SYN, 0n, 1),
      ),
    );
    expect(rows).toHaveLength(1);
    expect(error?.code).toBe('CAPTURE_LINK_TYPE');
    expect(error?.message).toContain('link type 127 not supported');
  });
});
