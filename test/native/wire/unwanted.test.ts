import { describe, expect, it } from 'vitest';
import { pcap } from '../../support/capture.ts';
import { KNOCK, rowsOf } from '../../support/endings.ts';
import { frame, LINK_TYPE, type FrameOptions } from '../../support/frame.ts';
import { readCapture } from '../../support/read-capture.ts';

const WANTED = 7000;
const UNWANTED = 7001;

/** Shapes that a glimpse is enough for, and some that only the parser reads. */
const SHAPES: readonly (readonly [string, FrameOptions])[] = [
  ['IPv4', {}],
  ['IPv4 behind a tag', { vlans: [5] }],
  ['IPv4 behind two tags', { vlans: [{ id: 7, type: 0x88a8 }, 5] }],
  ['IPv4 behind eight tags', { vlans: [1, 2, 3, 4, 5, 6, 7, 8] }],
  ['IPv4 with options', { ip: { options: new Uint8Array(4).fill(1) } }],
  ['IPv4 without a link header', { link: 'raw' }],
  ['IPv6', { from: '2001:db8::9' }],
  ['IPv6 behind a tag', { from: '2001:db8::9', vlans: [5] }],
];

type Fault = readonly [ended: string, fault: (port: number) => FrameOptions];
const FAULTS: readonly Fault[] = [
  ['badChecksum', (to) => ({ tcp: { to, syn: true }, ip: { checksum: 1 } })],
  ['badChecksum', (to) => ({ udp: { to }, ip: { checksum: 1 } })],
  ['badTransport', (to) => ({ tcp: { to, syn: true, dataOffset: 15 } })],
  ['badTransport', (to) => ({ udp: { to, length: 9 } })],
];

/** Where frames of a replay end, as the addon and the TypeScript reader both say. */
async function endings(frames: readonly Uint8Array[], linkType: number): Promise<object> {
  const file = pcap(
    frames.map((bytes) => ({ bytes })),
    { linkType },
  );
  const options = { interest: KNOCK, everyPacket: false };
  const native = await readCapture(file, { ...options, decoder: 'native' });
  const typescript = await readCapture(file, { ...options, decoder: 'typescript' });
  expect(typescript.counters).toEqual(native.counters);
  expect(typescript.rows).toEqual(native.rows);
  return Object.fromEntries(Object.entries(native.counters.ended).filter(([, count]) => count > 0));
}

describe.each(SHAPES)('%s that no door wants', (_, shape) => {
  const linkType = LINK_TYPE[shape.link ?? 'ethernet'];
  const isSix = shape.from !== undefined;
  const build = (more: FrameOptions): Uint8Array =>
    frame({ ...shape, ...more, ip: { ...shape.ip, ...more.ip } });
  /** IPv6 has no header checksum that could be wrong. */
  const faults = FAULTS.filter(([ended]) => !(isSix && ended === 'badChecksum'));

  it('is that, and nothing else, whatever is wrong with it behind its ports', async () => {
    const whole = [
      { tcp: { to: UNWANTED, syn: true } },
      { tcp: { to: WANTED, ack: true } },
      { udp: { to: UNWANTED } },
    ];
    const frames = [...whole, ...faults.map(([, fault]) => fault(UNWANTED))].map(build);
    expect(await endings(frames, linkType)).toEqual({ unwanted: frames.length });
  });

  it('is told by its fault where every packet has a row, and so is what a door wants', async () => {
    const names = faults.map(([ended]) => ended);
    for (const port of [UNWANTED, WANTED]) {
      const rows = await rowsOf(
        faults.map(([, fault]) => build(fault(port))),
        { linkType },
      );
      expect(rows.map(({ ended }) => ended)).toEqual(names);
    }
    const frames = faults.map(([, fault]) => build(fault(WANTED)));
    const counts = Object.fromEntries(names.map((name) => [name, 2]));
    expect(await endings(frames, linkType)).toEqual(counts);
  });

  it('is cut where its header is not whole', async () => {
    const cut = isSix
      ? [{ tcp: { to: UNWANTED }, ip: { payloadLength: 19 } }]
      : [{ tcp: { to: UNWANTED }, ip: { totalLength: shape.ip ? 43 : 39 } }];
    const short = build({ tcp: { to: UNWANTED, syn: true } });
    const frames = [...cut.map(build), short.slice(0, short.length - 1)];
    expect(await endings(frames, linkType)).toEqual({ cutTransport: 2 });
  });
});
