import { describe, expect, it } from 'vitest';
import { frame, ipPacket } from '../../support/frame.ts';
import { FRAME_BEGIN, readSlot, ringSlot, SLOT_HEADER, STATUS } from '../../support/ring-slot.ts';

const KNOCK = frame({ tcp: { to: 7000, syn: true } });
const PACKET = ipPacket({ tcp: { to: 7000, syn: true } });
const NOT_IP = { bytes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 6), linkType: 1 };

describe('a slot of the ring', () => {
  it('holds a frame, its length on the wire and its time', () => {
    const slot = ringSlot({ frame: KNOCK, original: 1514, seconds: 4_000_000_000, nanoseconds: 7 });
    expect(readSlot(slot)).toEqual({
      bytes: KNOCK,
      originalLength: 1514,
      linkType: 1,
      seconds: 4_000_000_000,
      nanoseconds: 7,
      isOutgoing: false,
    });
  });

  it('says what this host sent itself', () => {
    expect(readSlot(ringSlot({ frame: KNOCK, packetType: 4 })).isOutgoing).toBe(true);
  });

  describe('carries the tag that the kernel took out', () => {
    const rows = [
      { says: 'none', status: STATUS.user, tag: 100, reads: undefined },
      { says: 'one', status: STATUS.user | STATUS.vlanValid, tag: 0xe064, reads: 0xe064 },
      { says: 'a priority tag', status: STATUS.user | STATUS.vlanValid, tag: 0, reads: 0 },
      {
        says: 'only its type',
        status: STATUS.user | STATUS.vlanTypeValid,
        tag: 5,
        reads: undefined,
      },
    ];
    it.each(rows)('$says', ({ status, tag, reads }) => {
      expect(readSlot(ringSlot({ frame: KNOCK, status, tag })).tag).toBe(reads);
    });
  });

  describe('without a link header goes by the ethertype', () => {
    const rows = [
      { ethertype: 0x0800, expected: { bytes: PACKET, linkType: 228 } },
      { ethertype: 0x86dd, expected: { bytes: PACKET, linkType: 229 } },
      { ethertype: 0x0806, expected: NOT_IP },
      { ethertype: 0, expected: NOT_IP },
    ];
    it.each(rows)('$ethertype', ({ ethertype, expected }) => {
      expect(readSlot(ringSlot({ frame: PACKET, ethertype }), 'network')).toMatchObject(expected);
    });
  });

  describe('that contradicts itself is cut to what is there', () => {
    const whole = FRAME_BEGIN + KNOCK.length;
    const rows = [
      {
        lie: 'captures more than the slot holds',
        options: { captured: 0xffff_ffff },
        bytes: KNOCK,
      },
      { lie: 'begins within the header', options: { begin: SLOT_HEADER - 1 }, bytes: [] },
      { lie: 'begins at the slot itself', options: { begin: 0 }, bytes: [] },
      { lie: 'begins behind the slot', options: { begin: whole + 1 }, bytes: [] },
      { lie: 'begins at the end of the slot', options: { begin: whole }, bytes: [] },
      { lie: 'begins at the last place', options: { begin: 0xffff }, bytes: [] },
      { lie: 'is shorter than the header', options: { size: SLOT_HEADER - 1 }, bytes: [] },
      { lie: 'has no bytes at all', options: { size: 0 }, bytes: [] },
    ];
    it.each(rows)('$lie', ({ options, bytes }) => {
      expect([...readSlot(ringSlot({ frame: KNOCK, ...options })).bytes]).toEqual([...bytes]);
    });
  });

  it('is never shorter on the wire than what was captured', () => {
    expect(readSlot(ringSlot({ frame: KNOCK, original: 3 })).originalLength).toBe(KNOCK.length);
  });

  it('has no second of more than a thousand million nanoseconds', () => {
    const slot = ringSlot({ frame: KNOCK, nanoseconds: 0xffff_ffff });
    expect(readSlot(slot).nanoseconds).toBe(999_999_999);
  });
});
