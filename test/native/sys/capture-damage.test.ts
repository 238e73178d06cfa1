import { describe, expect, it } from 'vitest';
import type { CaptureErrorCode } from '../../../src/source/capture-error.ts';
import { pcap, PcapngWriter } from '../../support/capture.ts';
import { be32, concat, frame } from '../../support/frame.ts';
import { readCapture, type Reading } from '../../support/read-capture.ts';

const SYN = frame({ tcp: { to: 7000, syn: true } });
const writer = new PcapngWriter();
const little = (value: number): Uint8Array => be32(value).reverse();
const HEAD = concat(writer.section(), writer.interface());

async function read(file: Uint8Array): Promise<Reading> {
  const native = await readCapture(file, { decoder: 'native' });
  const typescript = await readCapture(file, { decoder: 'typescript' });
  expect(typescript.rows).toEqual(native.rows);
  expect(typescript.error?.code).toBe(native.error?.code);
  expect(typescript.error?.offset).toBe(native.error?.offset);
  return native;
}

describe('a file that is cut (R-71)', () => {
  it('pcap: at every byte, all whole records come first, then an error with the offset', async () => {
    const record = 16 + SYN.length;
    const file = pcap([{ bytes: SYN }, { bytes: SYN }]);
    for (let length = 0; length <= file.length; length++) {
      const { rows, error } = await read(file.slice(0, length));
      const whole = Math.max(0, Math.floor((length - 24) / record));
      expect(rows).toHaveLength(whole);
      const isBetween = length >= 24 && (length - 24) % record === 0;
      expect(error?.code).toBe(
        isBetween ? undefined : length < 4 ? 'CAPTURE_NOT_A_CAPTURE' : 'CAPTURE_TRUNCATED',
      );
      if (error !== undefined) expect(error.offset).toBe(length < 24 ? 0 : 24 + whole * record);
    }
  });

  it('pcapng: the same between and inside its blocks', async () => {
    const packet = writer.packet(SYN);
    const file = concat(HEAD, packet, packet);
    for (let length = HEAD.length; length <= file.length; length++) {
      const { rows, error } = await read(file.slice(0, length));
      const whole = Math.floor((length - HEAD.length) / packet.length);
      expect(rows).toHaveLength(whole);
      const isBetween = (length - HEAD.length) % packet.length === 0;
      expect(error?.code).toBe(isBetween ? undefined : 'CAPTURE_TRUNCATED');
    }
  });
});

describe('a file that lies (R-71)', () => {
  /** A record header that claims so many bytes, and none behind it. */
  const claim = (bytes: number): Uint8Array =>
    concat(little(0), little(0), little(bytes), little(bytes));
  const block = (type: number, length: number, body = new Uint8Array(20)): Uint8Array =>
    concat(little(type), little(length), body, little(length));
  const packetOf = (captured: number, interfaceId = 0): Uint8Array =>
    concat(little(interfaceId), little(0), little(0), little(captured), little(captured), SYN);
  const good = pcap([{ bytes: SYN }]);

  it.each<[string, Uint8Array, CaptureErrorCode, number, number]>([
    ['a record of 4 GB', concat(good, claim(0xffff_ffff)), 'CAPTURE_CORRUPT', 1, good.length],
    [
      'a record of 1 MiB and one',
      concat(good, claim((1 << 20) + 1)),
      'CAPTURE_CORRUPT',
      1,
      good.length,
    ],
    [
      'a record of 1 MiB, not there',
      concat(good, claim(1 << 20)),
      'CAPTURE_TRUNCATED',
      1,
      good.length,
    ],
    ['version 1', pcap([{ bytes: SYN }], { version: [1, 4] }), 'CAPTURE_NOT_A_CAPTURE', 0, 0],
    ['version 3', pcap([{ bytes: SYN }], { version: [3, 0] }), 'CAPTURE_NOT_A_CAPTURE', 0, 0],
    ['an unknown link type', pcap([{ bytes: SYN }], { linkType: 147 }), 'CAPTURE_LINK_TYPE', 0, 20],
    ['text', new TextEncoder().encode('This is no capture at all.'), 'CAPTURE_NOT_A_CAPTURE', 0, 0],
    ['nothing', new Uint8Array(), 'CAPTURE_NOT_A_CAPTURE', 0, 0],
    [
      'a section without a magic',
      concat(little(0x0a0d0d0a), little(28), new Uint8Array(20)),
      'CAPTURE_CORRUPT',
      0,
      0,
    ],
    [
      'a section of version 2',
      writer.block(0x0a0d0d0a, concat(little(0x1a2b3c4d), little(2), new Uint8Array(8))),
      'CAPTURE_NOT_A_CAPTURE',
      0,
      0,
    ],
    [
      'a section that is too short',
      writer.block(0x0a0d0d0a, little(0x1a2b3c4d)),
      'CAPTURE_CORRUPT',
      0,
      0,
    ],
    [
      'a section with an endless option',
      writer.block(0x0a0d0d0a, concat(writer.section().slice(8, 24), little(0x3000_0002))),
      'CAPTURE_CORRUPT',
      0,
      0,
    ],
    [
      'an interface that is too short',
      concat(writer.section(), writer.block(1, little(1))),
      'CAPTURE_CORRUPT',
      0,
      28,
    ],
    [
      'an interface with an endless option',
      concat(writer.section(), writer.block(1, concat(little(1), little(0), little(0xffff_0002)))),
      'CAPTURE_CORRUPT',
      0,
      28,
    ],
    ['a block of 4 GB', concat(HEAD, block(6, 0xffff_fffc)), 'CAPTURE_CORRUPT', 0, HEAD.length],
    ['a block of 8 bytes', concat(HEAD, block(6, 8)), 'CAPTURE_CORRUPT', 0, HEAD.length],
    [
      'a block length that is not a multiple of 4',
      concat(HEAD, block(6, 33)),
      'CAPTURE_CORRUPT',
      0,
      HEAD.length,
    ],
    ['a block length of 0', concat(HEAD, block(7, 0)), 'CAPTURE_CORRUPT', 0, HEAD.length],
    [
      'a block whose lengths differ',
      concat(HEAD, block(7, 32).slice(0, 28), little(36)),
      'CAPTURE_CORRUPT',
      0,
      HEAD.length,
    ],
    [
      'a packet longer than its block',
      concat(HEAD, writer.block(6, packetOf(SYN.length + 3))),
      'CAPTURE_CORRUPT',
      0,
      HEAD.length,
    ],
    [
      'a packet of 4 GB',
      concat(HEAD, writer.block(6, packetOf(0xffff_ffff))),
      'CAPTURE_CORRUPT',
      0,
      HEAD.length,
    ],
    [
      'a packet of no interface',
      concat(HEAD, writer.block(6, packetOf(SYN.length, 1))),
      'CAPTURE_CORRUPT',
      0,
      HEAD.length,
    ],
    [
      'a packet block that is too short',
      concat(HEAD, writer.block(6, new Uint8Array(16))),
      'CAPTURE_CORRUPT',
      0,
      HEAD.length,
    ],
    [
      'a simple packet before any interface',
      concat(writer.section(), writer.simplePacket(SYN)),
      'CAPTURE_CORRUPT',
      0,
      28,
    ],
    [
      'a simple packet without a length',
      concat(HEAD, writer.block(3, new Uint8Array())),
      'CAPTURE_CORRUPT',
      0,
      HEAD.length,
    ],
    [
      'a packet of the section before',
      concat(HEAD, writer.section(), writer.packet(SYN)),
      'CAPTURE_CORRUPT',
      0,
      HEAD.length + 28,
    ],
  ])('%s', async (_, file, code, rows, offset) => {
    const { rows: found, error } = await read(file);
    expect(error).toMatchObject({ name: 'CaptureError', code, offset });
    expect(found).toHaveLength(rows);
  });

  it('says the file and the offset', async () => {
    const { error } = await readCapture(concat(good, claim(0xffff_ffff)));
    expect(error!.input).toMatch(/capture$/);
    expect(error!.message).toContain(`${error!.input} at offset ${good.length}: `);
  });

  it('stops after 65,536 interfaces in one section', async () => {
    const interfaces = new Array<Uint8Array>(65_537).fill(writer.interface());
    const { error } = await readCapture(concat(writer.section(), ...interfaces));
    expect(error?.code).toBe('CAPTURE_CORRUPT');
  });
});
