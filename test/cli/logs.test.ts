import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder, jsonLines, knockClient, postern } from '../support/cli.ts';
import { kernelLine } from '../support/log-line.ts';

const GOLDEN = join(import.meta.dirname, '../golden/logs');

describe('logs of firewalls on the command line', () => {
  const folder = new Folder();
  afterAll(() => folder[Symbol.dispose]());
  const doors = folder.write('doors.conf', '[ssh]\nsequence = 7000, 7001\nopen = tcp/22\n');
  const knocks = [7000, 7001]
    .map((port, nth) => ({
      from: '203.0.113.9',
      port,
      flags: 2,
      seconds: 1e9 + nth,
      nanoseconds: 0,
    }))
    .map(kernelLine)
    .join('');

  const whoGotIn = (args: readonly string[], input = ''): unknown[] => {
    const { stdout, status, stderr } = postern(['replay', '-c', doors, '--json', ...args], {
      input,
    });
    expect([status, stderr]).toEqual([0, '']);
    return jsonLines(stdout).flatMap(({ event, source }) => (event === 'open' ? [source] : []));
  };

  it.each(['iptables', 'nftables', 'ipchains'])(
    'replay what the client wrote in the form of %s',
    (format) => {
      const file = join(folder.path, `log.${format}`);
      const ports = ['127.0.0.1', '7000', '7001'];
      expect(knockClient(['--to-log', file, '--format', format, ...ports]).status).toBe(0);
      expect(whoGotIn([file])).toEqual(['127.0.0.1']);
    },
  );

  it('are told from captures by how they begin, packed or from standard input too', () => {
    expect(whoGotIn([folder.write('kern.log', knocks)])).toEqual(['203.0.113.9']);
    expect(whoGotIn([folder.write('kern.log.1.gz', gzipSync(knocks))])).toEqual(['203.0.113.9']);
    expect(whoGotIn(['-'], knocks)).toEqual(['203.0.113.9']);
  });

  it('are read as logs whatever their beginning, if that is said', () => {
    const file = folder.write('odd.log', `something else first\n${knocks}`);
    expect(postern(['replay', file, '-c', doors]).status).toBe(2);
    expect(whoGotIn([file, '--format', 'log'])).toEqual(['203.0.113.9']);
    expect(postern(['replay', file, '-c', doors, '--format', 'capture']).status).toBe(2);
  });

  it('are believed as a whole only where that is said, by a flag or in the door file', () => {
    const file = folder.write('emu.log', knocks.replaceAll(' kernel: ', ' '));
    expect(whoGotIn([file])).toEqual([]);
    expect(whoGotIn([file, '--trust'])).toEqual(['203.0.113.9']);
    const trusting = readFileSync(doors, 'utf8') + `[options]\nlog_trust = ${file}\n`;
    expect(whoGotIn([file, '-c', folder.write('trusting.conf', trusting)])).toEqual([
      '203.0.113.9',
    ]);
  });

  it.each([
    ['log_prefix = knock:', ' knock: ', 1],
    ['log_prefix = knock:\nlog_prefix = postern:', ' postern: ', 1],
    ['log_prefix = knock:', ' postern: ', 0],
    ['log_prefix = none', ' ', 1],
    ['log_prefix = [UFW BLOCK]', ' [UFW BLOCK] ', 1],
  ])('go by %s where lines have "%s"', (directives, prefix, count) => {
    const file = folder.write('prefix.log', knocks.replaceAll(' postern: ', prefix));
    const config = `${readFileSync(doors, 'utf8')}[options]\n${directives}\n`;
    expect(whoGotIn([file, '-c', folder.write('prefix.conf', config)])).toHaveLength(count);
  });

  it('come to a summary that says what became of each line', () => {
    const { stdout } = postern(['replay', join(GOLDEN, 'iptables.log'), '-c', doors, '--json']);
    const summary = jsonLines(stdout).at(-1)!;
    const lines = { lines: 10, matched: 8, notKernel: 1, otherPrefix: 1, garbled: 0, tooLong: 0 };
    expect(summary['lines']).toEqual(lines);
    const text = postern(['replay', join(GOLDEN, 'iptables.log'), '-c', doors]).stdout;
    expect(text).toContain('of 10 lines: 8 packets, 1 not of the kernel, 1 of other rules\n');
  });
});
