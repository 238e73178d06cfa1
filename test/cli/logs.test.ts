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

  const withPattern = (pattern: string): string =>
    folder.write(
      'pattern.conf',
      `${readFileSync(doors, 'utf8')}[options]\nlog_pattern = ${pattern}\n`,
    );
  const said = (...words: string[]): string =>
    words.map((word) => `Nov 24 09:08:07 gw kernel: fw ${word}\n`).join('');

  it('are read by users’ own expressions where they are in none of the known forms', () => {
    const log = folder.write(
      'own.log',
      said('tcp 203.0.113.9 => 7000', 'tcp 203.0.113.9 => 7001', 'tcp nobody => 7000').trimEnd(),
    );
    const config = withPattern('^fw (?<protocol>\\w+) (?<source>\\S+) => (?<port>\\d+)$');
    expect(whoGotIn([log, '-c', config])).toEqual(['203.0.113.9']);
    const { stdout } = postern(['replay', log, '-c', config]);
    expect(stdout).toContain('of 3 lines: 2 packets, 1 garbled\n');
  });

  it('keep being read when an expression goes round in circles, at the cost of that line', () => {
    const log = folder.write(
      'circles.log',
      said('203.0.113.9 aa 7000', `198.51.100.7 ${'a'.repeat(40)}! 7000`, '203.0.113.9 a 7001'),
    );
    const config = withPattern('(?<source>\\S+) (?:a+)+ (?<port>\\d+)$');
    expect(whoGotIn([log, '-c', config])).toEqual(['203.0.113.9']);
    const { stdout } = postern(['replay', log, '-c', config]);
    expect(stdout).toContain('of 3 lines: 2 packets, 1 too slow for an expression\n');
  });

  it('are no more believed by an expression than by any other form', () => {
    const log = folder.write(
      'mallory.log',
      said('203.0.113.9 7000').replaceAll('kernel:', 'mallory:'),
    );
    expect(whoGotIn([log, '-c', withPattern('(?<source>\\S+) (?<port>\\d+)$')])).toEqual([]);
    const { stdout } = postern([
      'replay',
      log,
      '-c',
      withPattern('(?<source>\\S+) (?<port>\\d+)$'),
    ]);
    expect(stdout).toContain('of 1 lines: 0 packets, 1 not of the kernel\n');
  });

  it.each([
    ['(?<source>', 'is no regular expression'],
    ['(?<source>.)', 'no group is called port'],
    ['from (?<port>.)', 'no group is called source'],
  ])('are not read by %s', (pattern, why) => {
    expect(postern(['check', '-c', withPattern(pattern)]).stdout).toContain(why);
  });

  it('come to a summary that says what became of each line', () => {
    const { stdout } = postern(['replay', join(GOLDEN, 'iptables.log'), '-c', doors, '--json']);
    const summary = jsonLines(stdout).at(-1)!;
    const lines = {
      lines: 10,
      matched: 8,
      notKernel: 1,
      otherPrefix: 1,
      garbled: 0,
      tooLong: 0,
      tooSlow: 0,
    };
    expect(summary['lines']).toEqual(lines);
    const text = postern(['replay', join(GOLDEN, 'iptables.log'), '-c', doors]).stdout;
    expect(text).toContain('of 10 lines: 8 packets, 1 not of the kernel, 1 of other rules\n');
  });
});
