import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readPackets } from '../../../src/lab/page/model/read-packets.ts';
import { readPorts } from '../../../src/lab/page/model/read-ports.ts';
import { formatAddress } from '../../../src/tuple/address.ts';
import { openLog } from '../../../src/source/log/log-file.ts';
import { sourceAt, targetAt } from '../../../src/tuple/batch-address.ts';
import { protocolName } from '../../../src/tuple/protocol.ts';
import { EVERYTHING } from '../../support/interest.ts';
import { LOGS, pastedLog } from '../../support/pasted-log.ts';

const DAY = Date.parse('2026-01-31T12:00:00Z');
const NINE = Date.parse('2026-01-31T09:08:07Z') / 1000;

describe('ports that were pasted', () => {
  it.each([
    ['numbers', '40211, 40178 7000', [{ port: 40211 }, { port: 40178 }, { port: 7000 }]],
    ['with a protocol', '7000:udp', [{ port: 7000, protocol: 'udp' }]],
    ['sizes of pings', 'icmp:64', [{ port: 64, protocol: 'icmp' }]],
    ['of knock -v', 'hitting udp 192.0.2.1:7000', [{ port: 7000, protocol: 'udp' }]],
    [
      'a SYN that tcpdump saw',
      '09:08:07.1 IP 203.0.113.9.50000 > 192.0.2.1.7000: Flags [S], seq 1, length 0',
      [{ port: 7000, protocol: 'tcp' }],
    ],
    [
      'a datagram that tcpdump saw',
      '09:08:07.1 IP6 2001:db8::9.50000 > 2001:db8::1.7000: UDP, length 1',
      [{ port: 7000, protocol: 'udp' }],
    ],
    [
      'a ping that tcpdump saw',
      '09:08:07.1 IP 203.0.113.9 > 192.0.2.1: ICMP echo request, id 1, seq 1, length 72',
      [{ port: 64, protocol: 'icmp' }],
    ],
  ])('are read: %s', (_, text, ports) => {
    expect(readPorts(text, DAY)).toEqual({ ports, unread: [] });
  });

  it('that are none are told of', () => {
    expect(readPorts('7000 seven 70000', DAY)).toEqual({
      ports: [{ port: 7000 }],
      unread: ['seven', '70000'],
    });
  });
});

const WRITTEN = new Date('2026-11-25T12:00:00Z');

describe('logs of firewalls that were pasted', () => {
  // Stamps of system logs have no zone.
  beforeAll(() => vi.stubEnv('TZ', 'UTC'));
  afterAll(() => vi.unstubAllEnvs());
  const names = readdirSync(LOGS).filter((name) => !name.endsWith('.rows'));

  it.each(names)('give the packets that the daemon reads: %s', async (name) => {
    const text = pastedLog(name);
    const shown = readPackets(text, WRITTEN.getTime()).packets.map(
      ({ source, target, protocol, port, flags, seconds, nanoseconds }) =>
        [source, target, protocol, port, flags, seconds, nanoseconds] as const,
    );
    expect(shown).toEqual(await daemonRows(join(LOGS, name)));
    expect(shown.length).toBeGreaterThan(0);
    const ports = readPorts(text, WRITTEN.getTime()).ports.map(({ port }) => port);
    expect(ports).toEqual(shown.map(([, , , port]) => port));
  });

  it('are read to the end of an entry without its empty line', () => {
    const entry = pastedLog('journal.export').split('\n\n')[0]!;
    expect(readPackets(entry, DAY).packets).toHaveLength(1);
  });

  it('count by the door file’s prefix, and are told of whole where it is another', () => {
    const line =
      'Jan 31 09:08:07 gw kernel: other: IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.1 LEN=60 PROTO=TCP SPT=1 DPT=7000 SYN URGP=0';
    expect(readPackets(line, DAY).unread).toEqual([{ line: 1, text: line }]);
    expect(readPackets(line, DAY, ['other:']).packets).toMatchObject([{ port: 7000 }]);
    expect(readPorts(line, DAY)).toEqual({ ports: [], unread: [line] });
  });
});

/** Rows of a log that is believed, as `postern replay --trust` has them. */
async function daemonRows(file: string): Promise<unknown[]> {
  const rules = { prefixes: ['postern: '], trusts: true };
  await using log = await openLog(file, { interest: EVERYTHING, rules, lastWritten: WRITTEN });
  const rows: unknown[] = [];
  for await (const batch of log) {
    for (let row = 0; row < batch.length; row++) {
      const [protocol, port, flags] = [batch.protocol[row]!, batch.port[row], batch.flags[row]];
      const addresses = [sourceAt(batch, row), targetAt(batch, row)];
      const times = [batch.seconds[row], batch.nanoseconds[row]];
      rows.push([...addresses, protocolName(protocol), port, flags, ...times]);
    }
  }
  return rows;
}

describe('packets that were pasted', () => {
  it.each([
    ['plain, by seconds', `${NINE}.25 203.0.113.9 tcp/7000 S`, 'tcp', 7000, 2],
    ['plain, without flags', `2026-01-31T09:08:07.25Z 203.0.113.9 tcp/7000`, 'tcp', 7000, 2],
    ['plain, a date and a time', `2026-01-31 09:08:07.25 203.0.113.9 udp/7000`, 'udp', 7000, 0],
    ['plain, flags by name', `09:08:07.25 203.0.113.9 tcp/7000 syn+ack`, 'tcp', 7000, 18],
    ['plain, a ping', `09:08:07.25 203.0.113.9 icmp/64`, 'icmp', 64, 0],
    [
      'tcpdump, a SYN',
      '09:08:07.250000 IP 203.0.113.9.50000 > 192.0.2.1.7000: Flags [S], length 0',
      'tcp',
      7000,
      2,
    ],
    [
      'tcpdump -tt, a datagram',
      `${NINE}.250000 IP 203.0.113.9.50000 > 192.0.2.1.7000: UDP, length 1`,
      'udp',
      7000,
      0,
    ],
    [
      'tcpdump -tttt, a ping',
      '2026-01-31 09:08:07.250000 IP 203.0.113.9 > 192.0.2.1: ICMP echo request, id 1, seq 1, length 72',
      'icmp',
      64,
      0,
    ],
    [
      'a line of the kernel’s',
      '2026-01-31T09:08:07.25Z gw kernel: postern: IN=eth0 OUT= MAC= SRC=203.0.113.9 DST=192.0.2.1 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP SPT=50000 DPT=7000 WINDOW=64240 RES=0x00 SYN URGP=0',
      'tcp',
      7000,
      2,
    ],
  ])('are read: %s', (_, line, protocol, port, flags) => {
    const { packets, unread } = readPackets(line, DAY);
    expect(unread).toEqual([]);
    const [packet] = packets;
    expect(packet).toMatchObject({ protocol, port, flags, seconds: NINE, nanoseconds: 25e7 });
    expect(formatAddress(packet!.source)).toBe('203.0.113.9');
    expect(formatAddress(packet!.target)).toBe('192.0.2.1');
  });

  it('by IPv6 are ICMPv6 where they are pings', () => {
    const { packets } = readPackets('09:08:07 2001:db8::9 icmp/64', DAY);
    expect(packets[0]!.protocol).toBe('icmp6');
  });

  it('that are none are told of by their line; remarks and blanks are passed over', () => {
    const text = '# what came\n\n09:08:07 203.0.113.9 tcp/7000\nhello\n09:08:07 nobody tcp/1\n';
    const { packets, unread } = readPackets(text, DAY);
    expect(packets).toHaveLength(1);
    expect(unread.map(({ line }) => line)).toEqual([4, 5]);
  });
});
