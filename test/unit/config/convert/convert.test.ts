import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { convert, type ConvertOptions } from '../../../../src/config/convert/convert.ts';
import { parseConfiguration } from '../../../../src/config/load.ts';

const FOLDER = join(import.meta.dirname, '../../../../../shared/knockd/conf-corpus');
const files = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter((name) => name.endsWith('.conf'))
  : [];

const RULE = 'INPUT -s %IP% -p tcp --dport 22 -j ACCEPT';
const PAIR = `start_command = iptables -A ${RULE}\nstop_command = iptables -D ${RULE}\n`;

function converted(text: string, options: ConvertOptions = {}): string {
  const { edits, problems } = convert(text, 'f', options);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return edits.text();
}

function notes(text: string, options: ConvertOptions = {}): string[] {
  return convert(text, 'f', options).outcomes.map(({ kind, note }) => `${kind}: ${note}`);
}

describe('convert', () => {
  it('puts open in place of a pair, in the form of the lines around it', () => {
    const text = [
      '# mine',
      '[options]',
      '\tUseSyslog',
      '[ssh]',
      '  sequence      = 1,2 ',
      '  # why',
      `  start_command = iptables -I ${RULE}`,
      '  cmd_timeout   = 30',
      `  stop_command  = iptables -D ${RULE}`,
      '  tcpflags      = syn',
      '[other]',
      '  sequence = 3',
      '  command  = /bin/x',
      '',
    ];
    expect(converted(text.join('\n')).split('\n')).toEqual([
      '# mine',
      '[options]',
      '\tmark = 0x10000000',
      ...text.slice(2, 6),
      '  open          = tcp/22',
      '  allow_from    = 0.0.0.0/0',
      '  guard         = no',
      '  open_for      = 30s',
      ...text.slice(9),
    ]);
  });

  it('takes the last of repeated directives, and 0.8’s ten seconds where nothing is said', () => {
    const text = `[a]\nsequence = 1\ncommand = /bin/x\n${PAIR}`;
    expect(converted(text)).toBe(
      '[options]\nmark = 0x10000000\n\n[a]\nsequence = 1\nopen          = tcp/22\nopen_for      = 10s\nallow_from    = 0.0.0.0/0\nguard         = no\n',
    );
  });

  it('guards if told to, and fills trusted', () => {
    const text = `[options]\n[a]\nsequence = 1\n${PAIR}`;
    const guarded = converted(text, { guard: true, trusted: '192.0.2.0/24' });
    expect(guarded).toContain('[options]\n    trusted = 192.0.2.0/24\n[a]');
    expect(guarded).not.toMatch(/guard|mark/);
  });

  it('keeps a mark, a guard and networks that the file has', () => {
    const own = 'mark = 0x2\n[a]\nallow_from = 10.0.0.0/8\nguard = yes\n';
    const text = converted(`[options]\n${own}sequence = 1\n${PAIR}`);
    expect(text.match(/mark|allow_from|guard/g)).toEqual(['mark', 'allow_from', 'guard']);
    expect(convert(`[options]\nmark = 0x2\n`, 'f').mark).toBe('0x2');
  });

  it('opens for both families where the commands do', () => {
    const six = PAIR.replaceAll('iptables', 'ip6tables').replaceAll('_command', '_command_6');
    expect(converted(`[a]\nsequence = 1\n${PAIR}${six}`)).not.toContain('allow_from');
    const only = PAIR.replaceAll('_command', '_command_6').replaceAll('iptables', 'ip6tables');
    expect(converted(`[a]\nsequence = 1\n${only}`)).toContain('allow_from      = ::/0\n');
  });

  it.each([
    ['a stop that undoes another rule', PAIR.replace(/22 -j ACCEPT\n$/, '23 -j ACCEPT\n'), /undo/],
    [
      'a comment that differs',
      PAIR.replace(/-j ACCEPT\n$/, '-m comment --comment x -j ACCEPT\n'),
      /undo/,
    ],
    ['a stop of another family', PAIR.replace('iptables -D', 'ip6tables -D'), /undo/],
    ['a stop that opens', PAIR.replace('-D', '-A'), /undo/],
    [
      'a stop that is not understood',
      PAIR.replace('iptables -D', '/bin/x -D'),
      /stop command, x is no/,
    ],
    ['no time at all', `${PAIR}cmd_timeout = 0\n`, /0 seconds/],
    ['more than a week', `${PAIR}cmd_timeout = 999999\n`, /999999 seconds/],
    ['no stop', `command = iptables -A ${RULE}\n`, /--open-for/],
    ['a closing door', `command = iptables -D ${RULE}\n`, /another door/],
    ['no command', '', /no command/],
    [
      'a command of the wrong family',
      `command = ip6tables -A ${RULE}\ncommand_6 = iptables -A ${RULE}\n`,
      /no address/,
    ],
    [
      'ports that differ by family',
      `${PAIR}start_command_6 = ip6tables -A ${RULE.replace('22', '23')}\nstop_command_6 = ip6tables -D ${RULE.replace('22', '23')}\n`,
      /other ports/,
    ],
    ['open', `${PAIR}open = tcp/22\n`, /open already/],
  ])('leaves a door with %s as it is, and says why', (_, commands, why) => {
    const text = `[a]\nsequence = 1\n${commands}`;
    expect(converted(text)).toBe(text);
    expect(notes(text)).toEqual([expect.stringMatching(why)]);
  });

  it('closes by the clock what another knock closed, if told for how long', () => {
    const text = `[open]\nsequence = 1,2\ncommand = iptables -A ${RULE}\n\n# to close\n[close]\nsequence = 2,1\ncommand = iptables -D ${RULE}\n`;
    expect(notes(text, { openFor: '8h' })).toEqual([
      'converted: opens tcp/22 for 8h, by IPv4 alone',
      'commented out: what it closes now closes by itself',
    ]);
    expect(converted(text, { openFor: '8h' })).toMatch(
      /open_for = 8h[^]*# \[close\]\n# sequence = 2,1\n# command = iptables/,
    );
  });

  it('refuses a file that can’t be loaded', () => {
    const { problems, outcomes, edits } = convert('[a]\nwhat\n', 'f');
    expect([problems.length, outcomes, edits.isEmpty]).toEqual([1, [], true]);
  });
});

/** What the corpus opens by pairs; all else in it stays as it is. */
const OPENED: Readonly<Record<string, string>> = {
  '03-openclose-noeol.conf': 'tcp/22 for 1m, by IPv4 alone',
  '07-no-options.conf': 'tcp/22 for 10s, by IPv4 alone',
  '09-commented-commands-ufw.conf': 'tcp/22, udp/22 for 1m',
  '13-one-time.conf': 'tcp/22 for 5s, by IPv4 alone',
  '19-udp-ufw.conf': 'tcp/22, udp/22 for 10s',
  '21-firewall-cmd-single-quotes.conf': 'tcp/2222 for 30s, by IPv4 alone',
  '22-nft-handle.conf': 'tcp/22 for 1m, by IPv4 alone',
  '28-chef.conf': 'tcp/22 for 20s, by IPv4 alone',
  '32-eight-ports-not-ack.conf': 'tcp/32154 for 30s, by IPv4 alone',
  '33-man-page-ipv6.conf': 'tcp/25 for 5s',
  '34-lab.conf': 'tcp/2222 for 30s, by IPv4 alone',
};

describe.skipIf(files.length === 0)('other people’s files (needs ../shared)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-convert-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(files)('%s: pairs become open, the rest stays byte for byte', (name) => {
    const bytes = readFileSync(join(FOLDER, name), 'latin1');
    const { outcomes, edits, problems } = convert(bytes, name);
    const opened = outcomes.flatMap(({ kind, note }) => (kind === 'converted' ? [note] : []));
    expect(opened).toEqual(OPENED[name] === undefined ? [] : [`opens ${OPENED[name]}`]);
    if (opened.length === 0) {
      expect(edits.text()).toBe(bytes);
      expect(edits.diff(name, name)).toBe('');
      return;
    }
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    const text = edits.text();
    const comments = (all: string): string[] =>
      all.split('\n').filter((line) => /^\s*#/.test(line));
    expect(comments(text)).toEqual(comments(bytes));
    expect(convert(text, name).edits.isEmpty).toBe(true);
    const wrong = parseConfiguration(Buffer.from(text, 'latin1'), name).problems.filter(
      ({ severity, code }) => severity === 'error' && code !== 'CONFIG_ONE_TIME_FILE',
    );
    expect(wrong).toEqual([]);
  });

  it.each(files)('%s: the diff is one that patch takes', (name) => {
    const bytes = readFileSync(join(FOLDER, name), 'latin1');
    const { edits } = convert(bytes, name, { openFor: '1h' });
    if (edits.isEmpty) return;
    const path = join(folder, name);
    writeFileSync(path, bytes, 'latin1');
    const diff = Buffer.from(edits.diff(path, path), 'latin1');
    execFileSync('patch', ['--binary', '-s', path], { input: diff });
    expect(readFileSync(path, 'latin1')).toBe(edits.text());
  });
});
