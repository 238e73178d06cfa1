import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { jsonLines, postern } from '../support/cli.ts';
import { OFFICE_DOORS, OFFICE_PACKETS, officeCapture } from '../support/office.ts';
import { OfficeFolder } from '../support/office-folder.ts';

const EVENT = { door: 'ssh', source: '198.51.100.7' };

describe('--json', () => {
  const folder = new OfficeFolder();
  const { doors, capture } = folder;
  afterAll(() => folder[Symbol.dispose]());

  it('of a replay has one event a line', () => {
    const lines = jsonLines(postern(['replay', capture, '-c', doors, '--json']).stdout);
    expect(lines.slice(0, -1)).toEqual([
      { ...EVENT, event: 'stage', stage: 1, ...stamped('22:13:20.000000', 0) },
      { ...EVENT, event: 'stage', stage: 2, ...stamped('22:13:20.100000', 100_000) },
      { ...EVENT, event: 'stage', stage: 3, ...stamped('22:13:20.250000', 250_000) },
      {
        ...EVENT,
        event: 'open',
        ports: [{ protocol: 'tcp', from: 22, to: 22 }],
        openForSeconds: 2,
        renewed: false,
        ...stamped('22:13:20.250000', 250_000),
      },
      { ...EVENT, event: 'close', reason: 'time', ...stamped('22:13:22.250000', 2_250_000) },
      { ...EVENT, event: 'stage', stage: 1, ...stamped('22:13:29.000000', 9_000_000) },
    ]);
  });

  it('of a replay ends with a summary in which every packet is counted once', () => {
    const summary = jsonLines(postern(['replay', capture, '-c', doors, '--json']).stdout).at(-1)!;
    expect(summary).toEqual({
      event: 'summary',
      input: capture,
      packets: 6,
      tuples: 5,
      wanted: 4,
      opened: 1,
      rejected: { notIp: 1 },
      bytes: OFFICE_PACKETS.reduce((sum, { bytes }) => sum + bytes.length, 0),
      elapsedSeconds: expect.any(Number) as number,
      packetsPerSecond: expect.any(Number) as number,
    });
  });

  it('of a dump has one packet a line', () => {
    const lines = jsonLines(postern(['dump', capture, '--json']).stdout);
    expect(lines).toHaveLength(OFFICE_PACKETS.length);
    expect(lines[0]).toEqual({
      n: 1,
      ts: '1700000000.000000000',
      src: '198.51.100.7',
      dst: expect.any(String) as string,
      proto: 'tcp',
      sport: 40000,
      dport: 7001,
      flags: 2,
      frag: null,
      complete: true,
    });
    expect(lines[4]).toEqual({
      n: 5,
      ts: '1700000000.400000000',
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

  it('of a check is one object', () => {
    const wrong = folder.write('wrong.conf', OFFICE_DOORS.replace('7001', '70010'));
    const ran = postern(['check', '-c', wrong, '--json']);
    const [report] = jsonLines(ran.stdout);
    expect(ran).toMatchObject({ status: 1, stderr: '' });
    expect(report).toMatchObject({ version: 1, file: wrong, isLoadable: false, doors: 0 });
    expect((report!['problems'] as object[])[0]).toMatchObject({
      severity: 'error',
      code: 'CONFIG_INVALID_PORT',
      line: 2,
      column: 14,
    });
  });

  it.each([
    ['standard input', (bytes: Uint8Array) => ({ args: ['-'], input: bytes })],
    ['packed standard input', (bytes: Uint8Array) => ({ args: ['-'], input: gzipSync(bytes) })],
    [
      'a packed file',
      (bytes: Uint8Array) => ({
        args: [folder.write('office.pcap.gz', gzipSync(bytes))],
        input: '',
      }),
    ],
  ])('is the same from %s', (_, source) => {
    const { args, input } = source(officeCapture());
    const from = (words: readonly string[]) =>
      jsonLines(postern(['replay', ...words, '-c', doors, '--json'], { input }).stdout);
    expect(from(args).slice(0, -1)).toEqual(from([capture]).slice(0, -1));
    expect(from(args).at(-1)).toMatchObject({ input: args[0], packets: 6 });
  });

  it('of several files has a summary behind each', () => {
    const lines = jsonLines(postern(['replay', capture, capture, '-c', doors, '--json']).stdout);
    expect(lines.filter(({ event }) => event === 'summary')).toMatchObject([
      { input: capture, packets: 6 },
      { input: capture, packets: 6 },
    ]);
  });
});

function stamped(clock: string, sinceUs: number): { at: string; atUs: number } {
  return { at: `2023-11-14T${clock}Z`, atUs: 1_700_000_000_000_000 + sinceUs };
}
