import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/tuple/address.ts';
import { workerOf, type Sharing } from '../../src/tuple/worker-of.ts';
import { compileFanout, runFilter, type Network, type Program } from '../support/bpf.ts';
import { frame, mplsLabels, pppoeHeader, type FrameOptions } from '../support/frame.ts';

const TAGS = [0x8100, 0x88a8, 0x9100];

const arbitrarySharing: fc.Arbitrary<Sharing> = fc.record({
  workers: fc.integer({ min: 1, max: 300 }),
  seed: fc.nat(0xffff_ffff),
});

const arbitraryIpv6 = fc
  .array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
  .map((words) => words.map((word) => word.toString(16)).join(':'));

const arbitraryVlans = fc.array(fc.record({ id: fc.nat(4095), type: fc.constantFrom(...TAGS) }), {
  maxLength: 2,
});

/** What the kernel knows of an Ethernet frame; `taken`: it has the outermost tag aside. */
function networkOf(bytes: Uint8Array, taken: boolean): Network {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = taken ? 18 : 14;
  return { type: view.getUint16(at - 2), at };
}

function expected(from: string, sharing: Sharing): number {
  return workerOf(...parseAddress(from)!.words, sharing);
}

/** Who gets a SYN to some port, its outermost tag in the bytes or aside. */
function pick(program: Program, options: FrameOptions, taken = false): number {
  const bytes = frame({
    to: options.from?.includes(':') ? '2001:db8::1' : '192.0.2.1',
    ...options,
  });
  return runFilter(program, bytes, networkOf(bytes, taken));
}

describe('the program that picks a ring', () => {
  it.each([
    ['IPv4', fc.ipV4()],
    ['IPv6', arbitraryIpv6],
  ])('picks by source address alone, as `workerOf` does: %s', (_, addresses) => {
    const ports = fc.nat(65_535);
    fc.assert(
      fc.property(
        addresses,
        arbitrarySharing,
        arbitraryVlans,
        ports,
        fc.boolean(),
        (from, sharing, vlans, port, isUdp) => {
          const program = compileFanout(sharing);
          const transport = isUdp ? { udp: { to: port } } : { tcp: { to: port, syn: true } };
          const to = from.includes(':') ? '2001:db8::1' : '192.0.2.1';
          const options = { from, to, vlans, ...transport };
          expect(pick(program, options)).toBe(expected(from, sharing));
          if (vlans.length > 0) expect(pick(program, options, true)).toBe(expected(from, sharing));
        },
      ),
    );
  });

  it('keeps the fragments of a packet, and pings, with their source', () => {
    const sharing = { workers: 64, seed: 7 };
    const program = compileFanout(sharing);
    const from = '203.0.113.9';
    const worker = expected(from, sharing);
    const parts = [{ moreFragments: true }, { fragmentOffset: 3 }];
    for (const ip of parts) expect(pick(program, { from, ip, tcp: { to: 1 } })).toBe(worker);
    expect(pick(program, { from, icmp: { type: 8 } })).toBe(worker);
  });

  const sharing = { workers: 300, seed: 1 };
  const from = '203.0.113.9';
  it.each<[string, FrameOptions]>([
    ['ARP', { ethertype: 0x0806, from }],
    ['MPLS', { from, shim: { type: 0x8847, bytes: mplsLabels([7]) } }],
    ['PPPoE', { from, shim: { type: 0x8864, bytes: pppoeHeader(0x21) } }],
    ['more tags than it looks behind', { from, vlans: [1, 2, 3] }],
  ])('gives what it finds no address in to the first: %s', (_, options) => {
    expect(expected(from, sharing)).not.toBe(0);
    expect(pick(compileFanout(sharing), options)).toBe(0);
  });

  it('gives what is cut before the end of the address to the first', () => {
    const program = compileFanout(sharing);
    for (const source of [from, '2001:db8::9']) {
      const to = source === from ? '192.0.2.1' : '2001:db8::1';
      const bytes = frame({ from: source, to, tcp: { to: 1 } });
      const network = networkOf(bytes, false);
      const needed = source === from ? 30 : 38;
      for (let length = 14; length < needed; length++) {
        expect(runFilter(program, bytes.slice(0, length), network)).toBe(0);
      }
      expect(runFilter(program, bytes.slice(0, needed), network)).toBe(expected(source, sharing));
    }
  });

  const SOURCES = 20_000;
  const families: [string, (nth: number) => readonly [number, number, number, number]][] = [
    ['neighbours in IPv4', (nth) => [0, 0, 0xffff, 0x0a00_0000 + nth]],
    ['every 256th in IPv4', (nth) => [0, 0, 0xffff, (nth * 256) >>> 0]],
    ['hosts of one /64', (nth) => [0x2001_0db8, 0, 0, nth]],
    ['the first host of each /64', (nth) => [0x2001_0db8, nth, 0, 1]],
    ['the first host of each /32', (nth) => [nth, 0, 0, 1]],
    [
      'interface identifiers from MAC addresses',
      (nth) => [0x2001_0db8, 0, 0x0200_5eff, 0xfe00_0000 + nth],
    ],
  ];
  it.each(families)('spreads sources evenly, whatever they have in common: %s', (_, words) => {
    for (const workers of [2, 3, 4, 7, 8, 16]) {
      const counts = new Uint32Array(workers);
      for (let nth = 0; nth < SOURCES; nth++) {
        counts[workerOf(...words(nth), { workers, seed: 0x1234_5678 })]!++;
      }
      // Five standard deviations of what a fair die would do.
      const mean = SOURCES / workers;
      const most = 5 * Math.sqrt(mean * (1 - 1 / workers));
      for (const count of counts) expect(Math.abs(count - mean)).toBeLessThan(most);
    }
  });

  it('picks others with another seed', () => {
    const words = [0, 0, 0xffff, 0x0a00_0001] as const;
    const seeds = Array.from({ length: 64 }, (_, seed) => workerOf(...words, { workers: 2, seed }));
    const ones = seeds.filter((worker) => worker === 1).length;
    expect(ones).toBeGreaterThan(16);
    expect(ones).toBeLessThan(48);
  });

  it('refuses numbers that are none', () => {
    const wrong: [number, number][] = [
      [0, 1],
      [65_536, 1],
      [1.5, 1],
    ];
    for (const [workers, seed] of wrong) {
      expect(() => compileFanout({ workers, seed })).toThrow(TypeError);
    }
  });
});
