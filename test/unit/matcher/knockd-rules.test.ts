import { describe, expect, it } from 'vitest';
import { decide, opened, syns } from '../../support/decide.ts';
import { knockdDoor } from '../../support/door.ts';
import type { Packet } from '../../support/tuples.ts';

const COMPAT = { compat: 'knockd' } as const;
const ME = '203.0.113.9';
const ssh = knockdDoor('7000,8000,9000', { name: 'ssh' });
const web = knockdDoor('6000,6500', { name: 'web' });
const anyFlags = { flags: { mask: 0, value: 0 } };

/** Times within one second of the clock, so that windows play no part. */
function quick(packets: readonly Packet[]): Packet[] {
  return packets.map((packet, at) => ({ at: 100 + at / 1000, ...packet }));
}

describe('by the rules of 0.8', () => {
  it.each([
    { what: 'the right knock opens', ports: [7000, 8000, 9000], opens: 1 },
    { what: 'an unlisted port between is not seen', ports: [7000, 1234, 8000, 9000], opens: 1 },
    { what: 'a repeat breaks', ports: [7000, 7000, 8000, 9000], opens: 0 },
    { what: 'a third copy begins anew', ports: [7000, 7000, 7000, 8000, 9000], opens: 1 },
    { what: 'what breaks begins nothing', ports: [7000, 8000, 7000, 8000, 9000], opens: 0 },
    { what: 'copies of the last port do nothing', ports: [7000, 8000, 9000, 9000, 9000], opens: 1 },
    { what: 'another door’s port breaks', ports: [7000, 6500, 8000, 9000], opens: 0 },
    { what: 'a rising scan of all ports opens a lone door', ports: range(6800, 9100), opens: 1 },
  ])('$what', ({ ports, opens }) => {
    const doors = ports.includes(6500) && ports.length < 10 ? [ssh, web] : [ssh];
    expect(opened(decide(doors, quick(syns(ports)), COMPAT))).toHaveLength(opens);
  });

  it('a source with an attempt at one door breaks it at another’s first port and begins nothing there', () => {
    expect(opened(decide([ssh, web], quick(syns([7000, 6000, 6500])), COMPAT))).toEqual([]);
    expect(opened(decide([ssh, web], quick(syns([7000, 6000, 6000, 6500])), COMPAT))).toEqual([
      `${ME} web`,
    ]);
  });

  it('a packet that an attempt ignores for its flags still begins nothing at another door', () => {
    const acks = knockdDoor('5000', { name: 'acks', flags: { mask: 0x10, value: 0x10 } });
    const ack: Packet = { tcp: 5000, flags: 0x10 };
    const packets = quick([ack, ...syns([7000]), ack, ...syns([8000, 9000])]);
    expect(opened(decide([ssh, acks], packets, COMPAT))).toEqual([`${ME} acks`, `${ME} ssh`]);
  });

  it('doors with one first port run side by side and go their own ways', () => {
    const other = knockdDoor('7000,8000,9500', { name: 'other' });
    expect(opened(decide([ssh, other], quick(syns([7000, 8000, 9500])), COMPAT))).toEqual([
      `${ME} other`,
    ]);
    const twin = { ...ssh, name: 'twin' };
    expect(opened(decide([ssh, twin], quick(syns([7000, 8000, 9000])), COMPAT))).toEqual([
      `${ME} ssh`,
      `${ME} twin`,
    ]);
  });

  it('a short door does not take the longer one with it: 0.8 forgets it there, which is mended', () => {
    const short = knockdDoor('7000,8000', { name: 'short' });
    expect(opened(decide([short, ssh], quick(syns([7000, 8000, 9000])), COMPAT))).toEqual([
      `${ME} short`,
      `${ME} ssh`,
    ]);
  });

  it('other people’s attempts outlive the end of the oldest, which is mended too', () => {
    const two = quick([7000, 8000, 9000].flatMap((tcp) => [{ tcp }, { tcp, from: '10.0.0.1' }]));
    expect(opened(decide([ssh], two, COMPAT))).toEqual([`${ME} ssh`, '10.0.0.1 ssh']);
  });

  it('a UDP packet has no flags and breaks attempts of doors with flags too', () => {
    const mixed = knockdDoor('4000:udp,4001', { name: 'mixed' });
    const packets = quick([{ tcp: 7000 }, { udp: 4000 }, ...syns([8000, 9000])]);
    expect(opened(decide([ssh, mixed], packets, COMPAT))).toEqual([]);
  });

  it('syn is met by SYN+ACK, and without tcpflags any TCP packet counts', () => {
    const synAcks = quick(syns([7000, 8000, 9000], { flags: 0x12 }));
    expect(opened(decide([ssh], synAcks, COMPAT))).toHaveLength(1);
    const open = { ...ssh, ...anyFlags };
    expect(
      opened(decide([open], quick(syns([7000, 8000, 9000], { flags: 0 })), COMPAT)),
    ).toHaveLength(1);
  });

  it.each([
    { what: 'in one second', from: 100.1, to: 100.9, window: 1, opens: 1 },
    {
      what: 'across a second, though closer together',
      from: 100.9,
      to: 101.1,
      window: 1,
      opens: 0,
    },
    { what: 'almost the whole time apart', from: 100, to: 104.99, window: 5, opens: 1 },
    {
      what: 'four seconds and a bit apart across five',
      from: 100.9,
      to: 105.0,
      window: 5,
      opens: 0,
    },
    { what: 'with a window of 0', from: 100, to: 100, window: 0, opens: 0 },
  ])('seconds are cut to whole ones: two knocks $what', ({ from, to, window, opens }) => {
    const door = knockdDoor('1,2', { windowSeconds: window });
    const packets = [
      { tcp: 1, at: from },
      { tcp: 2, at: to },
    ];
    expect(opened(decide([door], packets, COMPAT))).toHaveLength(opens);
  });

  it('the packet that finds an attempt expired may begin a new one', () => {
    const packets = [
      { tcp: 7000, at: 100 },
      { tcp: 7000, at: 106 },
      { tcp: 8000, at: 106.1 },
      { tcp: 9000, at: 106.2 },
    ];
    expect(decide([ssh], packets, COMPAT).slice(1, 3)).toEqual([
      `${ME} ssh timeout 1`,
      `${ME} ssh stage 1`,
    ]);
    expect(opened(decide([ssh], packets, COMPAT))).toHaveLength(1);
  });

  it('a door of one step opens at every packet, a port given thrice needs three', () => {
    const bell = knockdDoor('4000', { name: 'bell' });
    expect(opened(decide([bell], quick(syns([4000, 4000])), COMPAT))).toHaveLength(2);
    const thrice = knockdDoor('7000,7000,7000', { name: 'thrice' });
    expect(decide([thrice], quick(syns([7000, 7000, 7000, 7000])), COMPAT).at(-1)).toBe(
      `${ME} thrice stage 1`,
    );
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
