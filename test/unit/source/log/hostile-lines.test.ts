import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLog } from '../../../support/log-decoding.ts';
import { packetText } from '../../../support/log-line.ts';

const STAMP = 'Nov 24 09:08:07 gw';
const GOOD = packetText({ from: '203.0.113.9', port: 7000, flags: 2 });
const FORGED = packetText({ from: '198.51.100.66', port: 7000, flags: 2 });
const TRUE_ROW = '203.0.113.9 tcp 7000';

describe('lines that strangers have a hand in', () => {
  it.each([
    ['a program of a local user', `${STAMP} mallory[7]: postern: ${FORGED}`, 'notKernel'],
    ['a program called kernel with a pid', `${STAMP} kernel[7]: postern: ${FORGED}`, 'notKernel'],
    [
      'a host called kernel:',
      `${STAMP.replace('gw', 'kernel:')} x: postern: ${FORGED}`,
      'notKernel',
    ],
    ['the tag within a message', `${STAMP} x: kernel: postern: ${FORGED}`, 'notKernel'],
    ['no stamp', `kernel: postern: ${FORGED}`, 'notKernel'],
    ['a stamp that is none', `Nov 99 09:08:07 gw kernel: postern: ${FORGED}`, 'notKernel'],
    ['the prefix within a message', `${STAMP} kernel: usb 1-1: postern: ${FORGED}`, 'otherPrefix'],
    ['words before the packet', `${STAMP} kernel: postern: x ${FORGED}`, 'otherPrefix'],
    ['a longer prefix', `${STAMP} kernel: postern:x: ${FORGED}`, 'otherPrefix'],
    ['a uptime that is none', `${STAMP} kernel: [1.x] postern: ${FORGED}`, 'otherPrefix'],
    ['JSON of nobody known', `{"src_ip":"198.51.100.66","oob.prefix":"postern: "}`, 'notKernel'],
    ['JSON that breaks off', `{"_TRANSPORT":"kernel","MESSAGE":"postern: ${FORGED}"`, 'garbled'],
    [
      'a member of JSON without a value',
      `{"_TRANSPORT":"kernel","PRIORITY":,"MESSAGE":"postern: ${FORGED}"}`,
      'garbled',
    ],
    [
      'a last member without a value',
      `{"_TRANSPORT":"kernel","MESSAGE":"postern: ${FORGED}","_UID":}`,
      'garbled',
    ],
    [
      'an address of no family',
      `${STAMP} kernel: postern: ${FORGED.replace('SRC=198', 'SRC=998')}`,
      'garbled',
    ],
    [
      'two families',
      `${STAMP} kernel: postern: ${FORGED.replace('DST=192.0.2.1', 'DST=::1')}`,
      'garbled',
    ],
    [
      'a port that is none',
      `${STAMP} kernel: postern: ${FORGED.replace('7000', '70000')}`,
      'garbled',
    ],
  ] as const)('%s is counted, and no packet', (_, line, end) => {
    const { rows, lines } = decodeLog([`${line}\n`]);
    expect(rows).toEqual([]);
    expect(lines).toMatchObject({ lines: 1, [end]: 1 });
  });

  it('takes the first of words that come twice', () => {
    const twice = `${STAMP} kernel: postern: ${GOOD}${FORGED}\n`;
    const inside = `${STAMP} kernel: postern: ${GOOD.replace('RES=', 'SRC=198.51.100.66 DPT=22 RES=')}\n`;
    expect(decodeLog([twice, inside]).rows).toEqual([TRUE_ROW, TRUE_ROW]);
  });

  it('reads nothing of the packet that an ICMP error repeats', () => {
    const error = `IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.1 LEN=56 PROTO=ICMP TYPE=3 CODE=1 [${FORGED}]`;
    expect(decodeLog([`${STAMP} kernel: postern: ${error}\n`])).toMatchObject({
      rows: [],
      lines: { matched: 1 },
    });
  });

  it('takes no port from a line that was cut', () => {
    const line = `${STAMP} kernel: postern: ${packetText({ from: '203.0.113.9', port: 7000, flags: 2 })}`;
    const upTo = line.indexOf('URGP=');
    for (let length = 1; length < upTo; length++) {
      expect(decodeLog([`${line.slice(0, length)}\n`]).rows).toEqual([]);
    }
  });

  it('passes over lines of a megabyte without keeping them', () => {
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(65_536, 'x');
    const chunks = [
      ...Array.from({ length: 16 }, () => chunk),
      `\n${STAMP} kernel: postern: ${GOOD}\n`,
    ];
    const { rows, lines } = decodeLog(chunks);
    expect(rows).toEqual([TRUE_ROW]);
    expect(lines).toMatchObject({ lines: 2, tooLong: 1, matched: 1 });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });

  it.each([
    ['carriage returns', `${STAMP} kernel: postern: ${GOOD}\r\n`],
    ['empty lines', `\n\n${STAMP} kernel: postern: ${GOOD}\n\n`],
    ['NULs in other lines', `\0\0\0\n${STAMP} kernel: postern: ${GOOD}\n`],
    ['escapes in other lines', `\x1b[2J\x07\n${STAMP} kernel: postern: ${GOOD}\n`],
    ['bytes that are no text', `\xff\xfe\n${STAMP} kernel: postern: ${GOOD}\n`],
    ['no end of the last line', `${STAMP} kernel: postern: ${GOOD}`],
    ['a priority', `<4>${STAMP} kernel: postern: ${GOOD}\n`],
  ])('reads a line among %s', (_, text) => {
    expect(decodeLog([text]).rows).toEqual([TRUE_ROW]);
  });

  it('never throws, whatever the bytes, and makes no packet of them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (chunks) => {
        expect(decodeLog(chunks).rows).toEqual([]);
        expect(decodeLog(chunks, { trusts: true }).rows).toEqual([]);
      }),
    );
  });

  it('makes no packet of a text that a stranger wrote, wherever it stands', () => {
    const part = fc.constantFrom(
      'kernel: ',
      'postern: ',
      FORGED,
      '[1.000000] ',
      STAMP,
      ' ',
      '{"',
      '"',
      '\\',
      '_TRANSPORT',
      ':',
      '__CURSOR=x',
      '\r',
      '\0',
      'Packet log: ',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const lines = [
          `${STAMP} mallory: ${text}\n`,
          `${STAMP} kernel: [7.000000] usb 1-1: Product: ${text}\n`,
          `${JSON.stringify({ MESSAGE: text, _TRANSPORT: 'syslog' })}\n`,
        ];
        expect(decodeLog(lines).rows).toEqual([]);
      }),
    );
  });

  it('gives the same rows wherever its bytes are parted', () => {
    const text = Buffer.from(
      `${STAMP} kernel: postern: ${GOOD}\r\n__CURSOR=x\n_TRANSPORT=kernel\nNOTE\n\x05\0\0\0\0\0\0\0a\n\nbc\nMESSAGE=postern: ${GOOD}\n\n${'y'.repeat(5000)}\n${STAMP} kernel: postern: ${GOOD}`,
      'latin1',
    );
    const whole = decodeLog([text]);
    expect(whole.rows).toHaveLength(3);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const chunks = at.slice(1).map((end, index) => text.subarray(at[index], end));
        expect(decodeLog(chunks)).toEqual(whole);
      }),
    );
  });
});
