import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Folder, jsonLines, postern } from '../support/cli.ts';
import { OFFICE_DOORS, officeCapture } from '../support/office.ts';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;

describe('a capture that can’t be read', () => {
  let folder: Folder;
  let doors = '';
  beforeAll(() => {
    folder = new Folder();
    doors = folder.write('knockd.conf', OFFICE_DOORS);
  });
  afterAll(() => folder[Symbol.dispose]());
  const whole = officeCapture();

  it.each<[string, Uint8Array, RegExp]>([
    ['cut within a packet', whole.subarray(0, -3), /at offset \d+: /],
    ['cut within a record’s header', whole.subarray(0, FILE_HEADER + 7), /at offset 24: /],
    ['cut within its header', whole.subarray(0, 10), /at offset 0: /],
    ['empty', new Uint8Array(), /at offset 0: /],
    ['of zeros', new Uint8Array(4096), /at offset 0: /],
    ['that names a packet of 4 GB', lying(whole), /at offset 24: /],
    ['packed and cut', gzipSync(whole).subarray(0, -20), /at offset \d+: /],
  ])('%s: file and offset are named, and the exit code is 2', (_, bytes, words) => {
    const file = folder.write('bad.pcap', bytes);
    for (const args of [
      ['replay', file, '-c', doors, '--json'],
      ['dump', file],
    ]) {
      const { status, stderr } = postern(args);
      expect(status).toBe(2);
      expect(stderr).toMatch(new RegExp(`^postern: ${file} ${words.source}`));
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });

  it('is judged as far as it goes', () => {
    const file = folder.write('cut.pcap', whole.subarray(0, -3));
    const lines = jsonLines(postern(['replay', file, '-c', doors, '--json']).stdout);
    expect(lines.map(({ event }) => event)).toEqual(['stage', 'stage', 'stage', 'open', 'summary']);
    expect(lines.at(-1)).toMatchObject({ packets: 5, opened: 1 });
  });

  it('of a link type that we do not know is named with its number', () => {
    const bytes = whole.slice();
    bytes[20] = 147;
    const { status, stderr } = postern(['dump', folder.write('user.pcap', bytes)]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/147/);
  });

  it('on standard input goes by the name of -', () => {
    const { status, stderr } = postern(['dump', '-'], { input: whole.subarray(0, -3) });
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^postern: - at offset \d+: /) as string,
    });
  });
});

/** The first record's captured length says four gigabytes. */
function lying(capture: Uint8Array): Uint8Array {
  const bytes = capture.slice();
  bytes.fill(0xff, FILE_HEADER + RECORD_HEADER - 8, FILE_HEADER + RECORD_HEADER - 4);
  return bytes;
}
