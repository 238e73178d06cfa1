import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';

const door = (...lines: string[]): string => ['[d]', 'sequence = 7000', ...lines].join('\n');
const opening = (...lines: string[]): string => door('open = tcp/22', ...lines);
const options = (...lines: string[]): string => ['[options]', ...lines].join('\n');
const sequence = (value: string): string => `[d]\nsequence = ${value}`;
const ones = (count: number): string => Array<string>(count).fill('1').join();

/** Problems as `line:column code`, a `!` before errors; a file with no error loads. */
const ROWS: readonly (readonly [what: string, text: string, ...problems: string[]])[] = [
  ['the highest port', sequence('65535')],
  ['blanks around a port', sequence('7001 ')],
  ['32 steps', sequence(ones(32))],
  ['any case and blanks around protocols', sequence('7000:UDP , 1 : Tcp')],
  ['what follows a second colon', sequence('7000:udp:x')],
  ['port 0', sequence('0'), '2:12 INVALID_PORT'],
  ['port 65536', sequence('65536'), '!2:12 INVALID_PORT'],
  ['port 70000 behind others', sequence('1,2,70000'), '!2:16 INVALID_PORT'],
  ['port -1', sequence('-1'), '2:12 INVALID_PORT'],
  ['port 1e3', sequence('1e3'), '2:12 INVALID_PORT'],
  ['port 7.5', sequence('7.5'), '2:12 INVALID_PORT'],
  ['a hexadecimal port', sequence('0x1F90'), '2:12 INVALID_PORT'],
  ['port 7000abc', sequence('7000abc'), '2:12 INVALID_PORT'],
  ['a port that overflows', sequence('99999999999999999999'), '2:12 INVALID_PORT'],
  ['digits of another script', sequence('٧٠٠٠'), '2:12 INVALID_PORT'],
  ['a service name', sequence('ssh'), '2:12 INVALID_PORT'],
  ['an empty sequence', sequence(''), '2:11 INVALID_PORT'],
  ['a trailing comma', sequence('7000,'), '2:17 INVALID_PORT'],
  ['a leading comma', sequence(',7000'), '2:12 INVALID_PORT'],
  ['semicolons between ports', sequence('7000;8000'), '2:12 INVALID_PORT'],
  ['a comment behind a sequence', sequence('7000 # knock'), '2:12 INVALID_PORT'],
  ['33 steps', sequence(ones(33)), '!2:76 TOO_MANY_STEPS'],
  ['an unknown protocol', sequence('7000:sctp'), '!2:17 INVALID_PROTOCOL'],
  ['an empty protocol', sequence('7000:'), '!2:17 INVALID_PROTOCOL'],

  ['a timeout of 0 for one step', door('seq_timeout = 0')],
  ['a timeout of 0 for two', '[d]\nsequence = 1,2\nseq_timeout = 0', '3:15 NEVER_OPENS'],
  ['a negative timeout', door('seq_timeout = -5'), '3:15 NEVER_OPENS'],
  ['a timeout of NaN', door('seq_timeout = NaN'), '3:15 INVALID_NUMBER'],
  ['a timeout of 1e99', door('seq_timeout = 1e99'), '3:15 INVALID_NUMBER'],
  ['a timeout with a unit', door('timeout = 1s'), '3:11 INVALID_NUMBER'],
  ['an empty timeout', door('seq_timeout ='), '3:14 INVALID_NUMBER'],
  ['a wait of -1', door('cmd_timeout = -1'), '3:15 INVALID_NUMBER'],
  ['a wait in words', door('cmd_timeout = soon'), '3:15 INVALID_NUMBER'],

  ['flags in any case', door('TCPFLAGS = SYN,!Ack')],
  ['empty flags', door('tcpflags ='), '!3:11 INVALID_FLAG'],
  ['an unknown flag', door('tcpflags = ece'), '!3:12 INVALID_FLAG'],
  ['a blank between flags', door('tcpflags = syn, ack'), '!3:16 INVALID_FLAG'],
  ['a flag denied twice', door('tcpflags = !!syn'), '!3:12 INVALID_FLAG'],
  ['an address as target', door('target = 192.0.2.7')],
  ['a long form of an address as target', door('target = fd99:0:0:0:0:0:0:1')],
  ['a name as target', door('target = gw.example.net'), '3:10 INVALID_TARGET'],
  ['an octal address as target', door('target = 010.0.0.1'), '3:10 INVALID_TARGET'],
  ['an empty target', door('target ='), '!3:9 INVALID_TARGET'],

  ['all that open takes', door('open = TCP/22,udp/51820 , udp/60000-61000')],
  ['open = tcp/0', door('open = tcp/0'), '!3:8 INVALID_PORT'],
  ['open = tcp/65536', door('open = tcp/65536'), '!3:8 INVALID_PORT'],
  ['open = tcp/-1', door('open = tcp/-1'), '!3:8 INVALID_VALUE'],
  ['an empty open', door('open ='), '!3:7 INVALID_VALUE'],
  ['a port without protocol', door('open = 22'), '!3:8 INVALID_VALUE'],
  ['a protocol without ports', door('open = sctp/22'), '!3:8 INVALID_VALUE'],
  ['a range that runs backwards', door('open = udp/61000-60000'), '!3:8 INVALID_PORT'],
  ['a port opened twice', door('open = tcp/22, tcp/20-30'), '!3:16 INVALID_VALUE'],
  ['two wrong ports', door('open = x, tcp/22, y'), '!3:8 INVALID_VALUE', '!3:19 INVALID_VALUE'],

  ['the shortest and longest times', opening('open_for = 10ms', 'tripwire_hold = 1H')],
  ['open_for = 0', opening('open_for = 0'), '!4:12 OUT_OF_RANGE'],
  ['open_for = 5ms', opening('open_for = 5ms'), '!4:12 OUT_OF_RANGE'],
  ['open_for = 8d', opening('open_for = 8d'), '!4:12 OUT_OF_RANGE'],
  ['open_for = forever', opening('open_for = forever'), '!4:12 INVALID_NUMBER'],
  ['open_for = 1e99', opening('open_for = 1e99'), '!4:12 INVALID_NUMBER'],
  ['open_for = 1.5h', opening('open_for = 1.5h'), '!4:12 INVALID_NUMBER'],
  ['open_for = -30', opening('open_for = -30'), '!4:12 INVALID_NUMBER'],
  ['open_for without open', door('open_for = 30'), '3:12 WITHOUT_OPEN'],
  ['open_prefix6 = 0', opening('open_prefix6 = 0'), '!4:16 OUT_OF_RANGE'],
  ['open_prefix6 = 129', opening('open_prefix6 = 129'), '!4:16 OUT_OF_RANGE'],
  ['guard = maybe', opening('guard = maybe'), '!4:9 INVALID_VALUE'],
  ['max_grants = 0', opening('max_grants = 0'), '!4:14 OUT_OF_RANGE'],
  ['vlan = 0', door('vlan = 0'), '!3:8 OUT_OF_RANGE'],
  ['vlan = 4095', door('vlan = 4095'), '!3:8 OUT_OF_RANGE'],
  ['on_wrong_port = explode', door('on_wrong_port = explode'), '!3:17 INVALID_VALUE'],
  ['no attempts', door('attempts_per_source = 0'), '!3:23 OUT_OF_RANGE'],
  ['five attempts', door('attempts_per_source = 5'), '!3:23 OUT_OF_RANGE'],
  ['no tripwires', door('tripwire_hold = 0')],
  ['tripwire_hold = 2h', door('tripwire_hold = 2h'), '!3:17 OUT_OF_RANGE'],
  ['ignore_repeats = 1', door('ignore_repeats = 1'), '!3:18 INVALID_VALUE'],

  ['max_attempts = 1000', options('max_attempts = 1000'), '!2:16 OUT_OF_RANGE'],
  ['max_attempts = 1000000', options('max_attempts = 1000000'), '!2:16 OUT_OF_RANGE'],
  ['max_attempts = -1', options('max_attempts = -1'), '!2:16 INVALID_NUMBER'],
  ['max_grants = 1', options('max_grants = 1'), '!2:14 OUT_OF_RANGE'],
  ['event_lines = many', options('event_lines = many'), '!2:15 INVALID_NUMBER'],
  ['on_stop = explode', options('on_stop = explode'), '!2:11 INVALID_VALUE'],
  ['a relative state_folder', options('state_folder = var'), '!2:16 INVALID_VALUE'],
  ['trusted = 192.0.2.0/33', options('trusted = 192.0.2.0/33'), '!2:11 OUT_OF_RANGE'],
  ['bits behind a prefix', options('trusted = 192.0.2.1/24'), '!2:11 INVALID_VALUE'],
  ['a name as network', options('trusted = ::1, lan'), '!2:16 INVALID_VALUE'],
  ['a path as interface', options('guard_interfaces = eth0/1'), '!2:20 INVALID_VALUE'],
  ['too long an interface', options('interface = averyverylongname'), '2:13 INVALID_VALUE'],
  ['compat = fwknop', options('compat = fwknop'), '!2:10 INVALID_VALUE'],
  ['UseSyslog = yes', options('UseSyslog = yes'), '!2:13 UNEXPECTED_VALUE'],

  ['a slip of the pen', door('sequnce = 1'), '!3:1 UNKNOWN_DIRECTIVE'],
  ['__proto__ as directive', door('__proto__ = 1'), '!3:1 UNKNOWN_DIRECTIVE'],
  ['constructor as directive', options('constructor = 1'), '!2:1 UNKNOWN_DIRECTIVE'],
  ['__proto__ as door', '[__proto__]\nsequence = 1'],
  ['an option in a door', door('logfile = /x'), '!3:1 WRONG_SECTION'],
  ['a door’s directive in the options', options('sequence = 1'), '!2:1 WRONG_SECTION'],
  ['a directive outside', 'sequence = 1', '!1:1 OUTSIDE_SECTION'],
  ['a section without a name', '[]\nsequence = 1', '!1:1 SECTION_NAME'],
  ['a directive without value', door('open'), '!3:1 SYNTAX'],
  ['a comment behind a title', '[a]\nsequence = 1\n[b] # b', '!3:1 SYNTAX'],
  ['a continued line', door('command = a \\', '  b'), '!4:3 SYNTAX'],
  ['two doors of one name', '[d]\nsequence = 1\n[d]\nsequence = 2', '3:2 DUPLICATE_DOOR'],
  ['a door without sequence', '[d]\ncommand = x', '!1:2 NO_SEQUENCE'],
  ['a directive given twice', door('sequence = 2'), '3:1 REPEATED_DIRECTIVE'],
  ['[Options] for options', '[Options]\nsequence = 1', '1:2 SECTION_NAME'],
  ['too long a name', `[${'x'.repeat(200)}]\nsequence = 1`, '1:2 SECTION_NAME'],
  ['a byte order mark', '\ufeff[d]\nsequence = 1', '1:1 BYTE_ORDER_MARK'],
  ['CRLF line ends', '[d]\r\nsequence = 1\r\n'],
  ['a NUL byte', '[d]\nsequence = 1\0,2', '2:13 NUL_BYTE'],
  ['deep nesting', '[[[[d]]]]\nsequence = 1'],
  ['JSON', '{"d": {"sequence": [7000]}}', '!1:1 OUTSIDE_SECTION'],
  ['YAML', 'd:\n  sequence: [7000]', '!1:1 OUTSIDE_SECTION', '!2:3 OUTSIDE_SECTION'],
  ['nothing at all', ''],
];

describe('R-69 values', () => {
  it.each(ROWS)('%s', (_, text, ...problems) => {
    const loaded = parseConfiguration(text, 'postern.conf');
    expect(described(loaded.problems)).toEqual(problems);
    expect(loaded.configuration !== undefined).toBe(problems.every((one) => !one.startsWith('!')));
  });

  it.each(ROWS.filter(([, , ...problems]) => problems.length > 0))(
    '%s, strictly',
    (_, text, ...problems) => {
      const loaded = parseConfiguration(text, 'postern.conf', { strict: true });
      const isAdvice = problems.join().includes('WITHOUT_OPEN');
      expect(loaded.configuration !== undefined).toBe(isAdvice);
    },
  );

  it('name every problem of a file at once, each with place and hint', () => {
    const text = '[ssh]\n\topn = tcp/22\n\tsequence    = 7000,8000,70000\n\topen_for = 1w\n';
    const { problems } = parseConfiguration(text, '/etc/postern.conf');
    expect(problems.map((problem) => problem.format()).join('\n')).toBe(
      [
        '/etc/postern.conf:2:2: error: unknown directive "opn"',
        '   2 |  opn = tcp/22',
        '     |  ^^^ did you mean open?',
        '/etc/postern.conf:3:26: error: port 70000 is not between 1 and 65535',
        '   3 |  sequence    = 7000,8000,70000',
        '     |                          ^^^^^',
        '/etc/postern.conf:4:13: error: "1w" is not a duration',
        '   4 |  open_for = 1w',
        '     |             ^^ like 90, 90s, 10m or 2h',
      ].join('\n'),
    );
  });

  it('of a file of 10 MB of good lines are read, of one of bad lines counted out', () => {
    const good = `[d]\nsequence = 1\n${'# a comment that fills a line of its own\n'.repeat(250_000)}`;
    expect(parseConfiguration(good, 'f').configuration?.doors).toHaveLength(1);
    const bad = 'what is this\n'.repeat(800_000);
    expect(parseConfiguration(bad, 'f').problems).toHaveLength(1001);
    const long = `[d]\nsequence = ${'1,'.repeat(5_000_000)}1`;
    expect(parseConfiguration(long, 'f').configuration).toBeUndefined();
  });
});

function described(
  problems: readonly { severity: string; line: number; column: number; code: string }[],
): string[] {
  return problems.map(({ severity, line, column, code }) => {
    const mark = severity === 'error' ? '!' : '';
    return `${mark}${line}:${column} ${code.slice('CONFIG_'.length)}`;
  });
}
