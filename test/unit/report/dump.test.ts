import { describe, expect, it } from 'vitest';
import { dumpJson, dumpText } from '../../../src/report/dump.ts';
import { openCapture } from '../../../src/source/pcap.ts';
import { pcap, PcapngWriter } from '../../support/capture.ts';
import { concat, frame } from '../../support/frame.ts';
import { readCapture } from '../../support/read-capture.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIX = { from: '2001:db8::9', to: '2001:db8::1' };
const FRAMES = [
  frame({ tcp: { from: 40000, to: 7000, flags: 0xc2 } }),
  frame({ ...SIX, udp: { from: 53, to: 5353 } }),
  frame({ icmp: {} }),
  frame({ ethertype: 0x0806 }),
  frame({ tcp: { to: 7000, syn: true }, ip: { fragmentOffset: 8 } }),
  frame({ other: { protocol: 47, bytes: new Uint8Array(8) } }),
  frame({ other: { protocol: 200, bytes: new Uint8Array(8) } }),
];

async function lines(render: typeof dumpText): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-dump-'));
  try {
    writeFileSync(
      join(folder, 'file'),
      pcap(FRAMES.map((bytes, at) => ({ bytes, seconds: at, nanoseconds: 5000 }))),
    );
    await using source = await openCapture(join(folder, 'file'), {
      everyPacket: true,
      decoder: 'typescript',
    });
    const found: string[] = [];
    for await (const batch of source) {
      for (let row = 0; row < batch.length; row++) found.push(render(batch, row, found.length + 1));
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a dump', () => {
  it('has a line of JSON for every packet, with null for what it has not', async () => {
    const [tcp, udp, icmp, arp] = (await lines(dumpJson)).map(
      (line) => JSON.parse(line) as unknown,
    );
    expect(tcp).toEqual({
      n: 1,
      ts: '0.000005000',
      src: '203.0.113.9',
      dst: '192.0.2.1',
      proto: 'tcp',
      sport: 40000,
      dport: 7000,
      flags: 0xc2,
      frag: null,
      complete: true,
    });
    expect(udp).toMatchObject({
      src: '2001:db8::9',
      proto: 'udp',
      sport: 53,
      dport: 5353,
      flags: null,
    });
    expect(icmp).toMatchObject({
      proto: 'icmp',
      sport: null,
      dport: null,
      flags: null,
      complete: true,
    });
    expect(arp).toEqual({
      n: 4,
      ts: '3.000005000',
      src: null,
      dst: null,
      proto: null,
      sport: null,
      dport: null,
      flags: null,
      frag: null,
      complete: false,
    });
  });

  it('has a line for people, with the reason where a packet is no tuple', async () => {
    expect(await lines(dumpText)).toEqual([
      '     1  0.000005000  tcp     203.0.113.9:40000 > 192.0.2.1:7000  [syn ece cwr]',
      '     2  1.000005000  udp     [2001:db8::9]:53 > [2001:db8::1]:5353',
      '     3  2.000005000  icmp    203.0.113.9 > 192.0.2.1',
      '     4  3.000005000  -       (notIp)',
      '     5  4.000005000  tcp     203.0.113.9 > 192.0.2.1  later fragment  (laterFragment)',
      '     6  5.000005000  gre     203.0.113.9 > 192.0.2.1  (otherProtocol)',
      '     7  6.000005000  200     203.0.113.9 > 192.0.2.1  (otherProtocol)',
    ]);
  });

  it('writes times before the epoch as one number', async () => {
    const writer = new PcapngWriter();
    const at = (offset: bigint, ticks: bigint): Uint8Array =>
      concat(writer.section(), writer.interface(1, { offset }), writer.packet(FRAMES[0]!, ticks));
    const times = async (file: Uint8Array): Promise<string> =>
      (await readCapture(file)).rows[0]!.dump.ts;
    expect(await times(at(-1n, 250_000n))).toBe('-0.750000000');
    expect(await times(at(-2n, 250_000n))).toBe('-1.750000000');
    expect(await times(at(-2n, 0n))).toBe('-2.000000000');
  });
});
