import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stepText } from '../../../src/door/step.ts';
import { knockdLineOf } from '../../../src/config/config-error.ts';
import { loadConfiguration, parseConfiguration } from '../../../src/config/load.ts';
import { portsText } from '../../../src/door/ports-text.ts';
import type { Door } from '../../../src/door/door.ts';
import { formatAddress, parseAddress } from '../../../src/tuple/address.ts';
import { door, knockdDoor, ports } from '../../support/door.ts';
import { NO_LISTS } from '../../support/lists.ts';
import { networkOf } from '../../support/network.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('a configuration', () => {
  it('has doors with Postern’s defaults', () => {
    const text = '[ssh]\nsequence = 7000,8000:udp\ntcpflags = syn\nopen = tcp/22\n';
    const expected = door('7000,8000:udp', {
      name: 'ssh',
      windowSeconds: 25,
      open: [ports('tcp/22')],
    });
    expect(parseConfiguration(text, 'f').configuration!.doors).toEqual([expected]);
  });

  it('has options with Postern’s defaults', () => {
    expect(parseConfiguration('', 'f').configuration!.options).toEqual({
      interfaces: [],
      sources: [{ kind: 'ring' }],
      logs: { prefixes: ['postern:'], patterns: [], trusted: [] },
      pidFile: '/var/run/knockd.pid',
      useSyslog: false,
      compat: undefined,
      trusted: [],
      scans: { watch: [], blocksUnproven: false, rightKnockUnblocks: true },
      lists: NO_LISTS,
      guardInterfaces: [],
      firstStart: 'ask',
      maxAttempts: 1_048_576,
      workers: 1,
      maxGrants: 65_536,
      eventLinesPerSecond: 50,
      onStop: 'keep',
      onDoorRemoved: 'close',
      owner: false,
      hooks: { limitSeconds: 30 },
      lostStop: 'run',
      maxCommands: 64,
      commandLimitSeconds: 600,
      commandOutputBytes: 65_536,
      stateFolder: '/var/lib/postern',
      controlSocket: '/run/postern/control.sock',
    });
  });

  it('takes every option', () => {
    const text = `[options]
      UseSyslog
      logfile = /var/log/k.log
      pidfile = /run/k.pid
      interface = eth0, eth1
      interface = eth2
      source = log:/var/log/kern.log
      source = nflog:5
      source = log:/var/log//kern.log
      log_prefix = knock:
      log_prefix = none
      log_pattern = (?<source>\\S+) (?<port>\\d+)
      log_trust = /var/log/ulog.json
      nflog_limit = 1000
      trusted = 192.0.2.0/24, 2001:db8::1
      guard_interfaces = eth0
      published = yes
      max_attempts = 4096
      workers = auto
      max_grants = 100
      event_lines = 0
      on_stop = remove
        on_door_removed = keep
        owner = yes
      user = postern
      up_command = echo up
      down_command = echo down
      hook_limit = 1m
      lost_stop = skip
      max_commands = 8
      command_limit = 90s
      command_output = 1000
      state_folder = /tmp/state
      control_socket = /tmp/control.sock
      control_group = adm
      first_start = cut
      block = 198.51.100.0/24
      block = 2001:db8::/32
      block_file = /etc/block
      allow = 198.51.100.7
      allow_file = /etc/allow
      block_scope = all
      block_counters = yes
      never_block = 203.0.113.0/24
      scan_ports = 20 in 10s
      fail_attempts = 5 in 10m
      scan_watch = 1-1024, 8080
      scan_block = 1h
      block_unproven = yes
      right_knock_unblocks = no`;
    expect(parseConfiguration(text, 'f').configuration!.options).toEqual({
      interfaces: ['eth0', 'eth1', 'eth2'],
      sources: [
        { kind: 'log', path: '/var/log/kern.log' },
        { kind: 'nflog', group: 5 },
      ],
      logs: {
        prefixes: ['knock:', ''],
        patterns: ['(?<source>\\S+) (?<port>\\d+)'],
        trusted: ['/var/log/ulog.json'],
      },
      nflogLimit: 1000,
      logFile: '/var/log/k.log',
      pidFile: '/run/k.pid',
      useSyslog: true,
      compat: undefined,
      trusted: [
        { address: parseAddress('192.0.2.0'), prefix: 24 },
        { address: parseAddress('2001:db8::1'), prefix: 128 },
      ],
      scans: {
        ports: { count: 20, seconds: 10 },
        failures: { count: 5, seconds: 600 },
        watch: [
          { from: 1, to: 1024 },
          { from: 8080, to: 8080 },
        ],
        blockSeconds: 3600,
        blocksUnproven: true,
        rightKnockUnblocks: false,
      },
      lists: {
        block: ['198.51.100.0/24', '2001:db8::/32'].map(networkOf),
        blockFiles: ['/etc/block'],
        allow: [networkOf('198.51.100.7')],
        allowFiles: ['/etc/allow'],
        scope: 'all',
        hasCounters: true,
        neverBlock: [networkOf('203.0.113.0/24')],
      },
      guardInterfaces: ['eth0'],
      published: true,
      firstStart: 'cut',
      maxAttempts: 4096,
      workers: 'auto',
      maxGrants: 100,
      eventLinesPerSecond: 0,
      onStop: 'remove',
      onDoorRemoved: 'keep',
      owner: true,
      user: 'postern',
      hooks: { up: 'echo up', down: 'echo down', limitSeconds: 60 },
      lostStop: 'skip',
      maxCommands: 8,
      commandLimitSeconds: 90,
      commandOutputBytes: 1000,
      stateFolder: '/tmp/state',
      controlSocket: '/tmp/control.sock',
      controlGroup: 'adm',
    });
  });

  it.each(['root', '', '-x', 'a b', '/etc', 'a;b'])('takes no user %j', (name) => {
    const { problems } = parseConfiguration(`[options]\nuser = ${name}`, 'f');
    expect(problems.map(({ code }) => code)).toEqual(['CONFIG_INVALID_VALUE']);
  });

  it('takes an empty hook for none', () => {
    const text = '[options]\nup_command =\ndown_command =';
    expect(parseConfiguration(text, 'f').configuration!.options.hooks).toEqual({
      limitSeconds: 30,
    });
  });

  it('reads strict_syn into the flags, unless ack is named', () => {
    const flagsOf = (lines: string): Door['flags'] =>
      parseConfiguration(`[d]\nsequence = 1\n${lines}`, 'f').configuration!.doors[0]!.flags;
    expect(flagsOf('tcpflags = syn')).toEqual({ mask: 0x12, value: 0x02 });
    expect(flagsOf('tcpflags = syn\nstrict_syn = no')).toEqual({ mask: 0x02, value: 0x02 });
    expect(flagsOf('tcpflags = syn,ack')).toEqual({ mask: 0x12, value: 0x12 });
    expect(flagsOf('tcpflags = syn\ntcpflags = !urg,!syn')).toEqual({ mask: 0x22, value: 0 });
    expect(flagsOf('')).toEqual({ mask: 0, value: 0 });
  });

  it('keeps commands as they stand, given but empty ones too', () => {
    const text = `[d]
      sequence = 1
      command   = echo "a=b" # %IP%; x
      start_command_6 =
      stop_command = down
      cmd_timeout = 0`;
    expect(parseConfiguration(text, 'f').configuration!.doors[0]!.commands).toEqual({
      start: 'echo "a=b" # %IP%; x',
      start6: '',
      stop: 'down',
      timeoutSeconds: 0,
    });
  });

  it('comes out as it went in, whatever the doors', () => {
    fc.assert(
      fc.property(fc.array(anyDoor, { maxLength: 8 }), (doors) => {
        const text = doors.map(written).join('\n');
        const loaded = parseConfiguration(text, 'f');
        expect(loaded.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(loaded.configuration!.doors).toEqual(doors);
      }),
      { numRuns: 500 },
    );
  });
});

describe('compat = knockd', () => {
  const ssh = '[ssh]\nsequence = 7000,8000\ntcpflags = syn\n';

  it.each([
    { where: 'before the doors', text: `[options]\ncompat = knockd\n${ssh}` },
    { where: 'behind them', text: `${ssh}[options]\nCompat = KNOCKD\n` },
  ])('sets the doors to the rules of 0.8, standing $where', ({ text }) => {
    const { doors, options } = parseConfiguration(text, 'f').configuration!;
    expect(doors).toEqual([knockdDoor('7000,8000', { name: 'ssh', windowSeconds: 25 })]);
    expect(options).toMatchObject({ compat: 'knockd', eventLinesPerSecond: 0 });
  });

  it('works from the command line too', () => {
    const { configuration } = parseConfiguration(ssh, 'f', { compat: 'knockd' });
    expect(configuration).toMatchObject({
      options: { compat: 'knockd' },
      doors: [{ wholeSeconds: true }],
    });
  });

  it('leaves out what would change those rules, and says so', () => {
    const { configuration, problems } = parseConfiguration(`${ssh}tripwire_hold = 5s`, 'f', {
      compat: 'knockd',
    });
    expect(configuration!.doors[0]!.tripwireHoldSeconds).toBe(0);
    expect(problems.map(({ code }) => code)).toEqual(['CONFIG_COMPAT']);
  });

  it('takes the first interface line, unsplit, and targets by their text alone', () => {
    const text = `[options]\ninterface = eth0,eth1\ninterface = eth2\n${ssh}target = fd99:0:0:0:0:0:0:1\n`;
    const { configuration } = parseConfiguration(text, 'f', { compat: 'knockd' });
    expect(configuration!.options.interfaces).toEqual(['eth0,eth1']);
    expect(configuration!.doors[0]!.shutBecause).toMatch(/fd99::1/);
  });
});

describe('a line', () => {
  it('of over 4095 bytes is read as several, and counted so in the words of 0.8', () => {
    const text = `# ${'x'.repeat(4093)}command\n[d]\n`;
    const { problems } = parseConfiguration(text, 'f');
    expect(problems.map(({ code, line, column }) => [code, line, column])).toEqual([
      ['CONFIG_LONG_LINE', 1, 4096],
      ['CONFIG_OUTSIDE_SECTION', 1, 4096],
      ['CONFIG_NO_SEQUENCE', 2, 2],
    ]);
    expect(knockdLineOf(problems)).toBe('config: line 2: all directives must belong to a section');
  });

  it('of just 4095 bytes is whole', () => {
    const command = 'x'.repeat(4095 - 'command = '.length);
    const { configuration, problems } = parseConfiguration(
      `[d]\nsequence = 1\ncommand = ${command}\n`,
      'f',
    );
    expect(problems).toEqual([]);
    expect(configuration!.doors[0]!.commands!.start).toBe(command);
  });

  it('that is not UTF-8 is taken, with a warning', () => {
    const bytes = Buffer.concat([
      Buffer.from('[caf'),
      Buffer.of(0xe9),
      Buffer.from(']\nsequence = 1\n'),
    ]);
    const { configuration, problems } = parseConfiguration(bytes, 'f');
    expect(configuration!.doors[0]!.name).toBe('caf\ufffd');
    expect(problems.map(({ code }) => code)).toEqual(['CONFIG_NOT_UTF8']);
  });

  it('counts its columns in characters', () => {
    const [problem] = parseConfiguration('[d]\nsequence = 1\nöffne für = 1\n', 'f').problems;
    expect(problem).toMatchObject({ line: 3, column: 1, length: 9 });
    const [second] = parseConfiguration('[tür]\nsequence = 1\ntarget = ö,ü\n', 'f').problems;
    expect(second).toMatchObject({ line: 3, column: 10, length: 3 });
  });

  it('can’t steer a terminal', () => {
    const [problem] = parseConfiguration('[d]\n\u001b[2J\u009b = 1\nsequence = 1', 'f').problems;
    expect(problem!.format()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

describe('a file', () => {
  it.each([
    { what: 'that is missing', path: join(folder, 'missing'), text: 'No such file or directory' },
    { what: 'that is a folder', path: folder, text: 'Is a directory' },
    { what: 'below a file', path: join(file('plain', ''), 'x'), text: 'Not a directory' },
  ])('$what gives the system’s words', ({ path, text }) => {
    const { configuration, problems } = loadConfiguration(path);
    expect(configuration).toBeUndefined();
    expect(problems.map(({ code }) => code)).toEqual(['CONFIG_UNREADABLE']);
    expect(knockdLineOf(problems)).toBe(`${path}: ${text}`);
  });

  it('without end is not read to it', () => {
    expect(loadConfiguration('/dev/zero').problems.map(({ code }) => code)).toEqual([
      'CONFIG_TOO_LARGE',
    ]);
  });

  it('of one-time sequences gives its first usable line, and tells of those that are none', () => {
    const sequences = file('sequences', '# mine\n\n#7000,8000\n 7100:icmp\n 9000,9100:udp\n1,2\n');
    const path = file('one-time.conf', `[otp]\none_time_sequences = ${sequences}\n`);
    const { configuration, problems } = loadConfiguration(path);
    expect(configuration!.doors[0]).toMatchObject({
      steps: [
        { protocol: 'tcp', port: 9000 },
        { protocol: 'udp', port: 9100 },
      ],
      oneTimeSequences: sequences,
    });
    expect(configuration!.doors[0]!.shutBecause).toBeUndefined();
    expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning CONFIG_ONE_TIME_FILE',
    ]);
  });

  it('of one-time sequences that is used up refuses the configuration, as in 0.8', () => {
    const sequences = file('used', '#7000,8000\n');
    const path = file('used.conf', `[otp]\none_time_sequences = ${sequences}\n`);
    expect(knockdLineOf(loadConfiguration(path).problems)).toBe(
      'no more sequences left in the one time sequences file for door otp --> disabling the door',
    );
  });
});

describe('R-55 names that mean something to a shell or a terminal', () => {
  const NASTY = [
    ';reboot',
    '$(touch canary)',
    '`touch canary`',
    '|tee canary',
    '&&x',
    '>canary',
    '../../etc',
    '%n%n%s',
    '%IP%',
    '-rf',
    '--help',
    "'",
    '"',
    '\\',
    ' blank ',
    '*',
    '~root',
    '!x',
    '{a,b}',
    'ü',
    '🚪',
    '\u202egnp',
    '\u001b[2J',
    'x'.repeat(4000),
    'a=b',
    '#c',
    '[',
    ']',
    '$IFS',
    '\u0007',
  ];

  it.each(NASTY)('%j as a door is a name and nothing else', (name) => {
    const { configuration, problems } = parseConfiguration(`[${name}]\nsequence = 1\n`, 'f');
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    const kept = Buffer.from(name).subarray(0, 127).toString();
    expect(configuration!.doors[0]!.name).toBe(kept);
    expect(configuration!.doors[0]!.commands).toBeUndefined();
  });

  it.each(NASTY)('%j as an interface is refused, warned of, or a name that can be', (name) => {
    const ours = parseConfiguration(`[options]\nguard_interfaces = ${name}\n`, 'f');
    const theirs = parseConfiguration(`[options]\ninterface = ${name}\n`, 'f');
    const names = name.split(',').map((one) => one.trim());
    const isPossible = names.every(
      (one) => /^[^\s/:]{1,15}$/.test(one) && Buffer.byteLength(one) <= 15,
    );
    expect(ours.configuration !== undefined).toBe(isPossible);
    expect(theirs.configuration!.options.interfaces).toEqual(names);
    expect(theirs.problems.length > 0).toBe(!isPossible);
  });
});

const step = fc.record({
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
  port: fc.integer({ min: 0, max: 65_535 }),
});
const anyDoor: fc.Arbitrary<Door> = fc
  .record({
    name: fc.stringMatching(/^[a-z][a-zA-Z0-9 ._=#-]{0,20}$/).filter((name) => name !== 'options'),
    steps: fc.array(step, { minLength: 1, maxLength: 32 }),
    windowSeconds: fc.integer({ min: 1, max: 100_000 }),
    flags: fc.constantFrom(
      { mask: 0, value: 0 },
      { mask: 0x12, value: 0x02 },
      { mask: 0x12, value: 0x10 },
      { mask: 0x31, value: 0x21 },
    ),
    vlan: fc.constantFrom<number | 'any'>(0, 'any', 1, 4094),
    open: fc.constantFrom([], [ports('tcp/22')], [ports('tcp/22'), ports('udp/60000-61000')]),
    openForSeconds: fc.constantFrom(0.01, 30, 90, 7200, 604_800),
    openPrefix4: fc.integer({ min: 16, max: 32 }),
    openPrefix6: fc.integer({ min: 48, max: 128 }),
    onExpire: fc.constantFrom('leave' as const, 'cut' as const),
    renews: fc.boolean(),
    guard: fc.boolean(),
    onWrongPort: fc.constantFrom('reset' as const, 'ignore' as const),
    ignoreRepeats: fc.boolean(),
    attemptsPerSource: fc.integer({ min: 1, max: 4 }),
    tripwireHoldSeconds: fc.constantFrom(0, 0.05, 2, 3600),
    wholeSeconds: fc.boolean(),
  })
  .chain((made) =>
    fc.record({
      made: fc.constant(made),
      target: fc.option(fc.constantFrom('192.0.2.1', 'fd00::1'), { nil: undefined }),
      maxGrants: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
      start: fc.option(fc.constantFrom('x %IP%', ''), { nil: undefined }),
    }),
  )
  .map(({ made, target, maxGrants, start }) => ({
    ...made,
    ...(target === undefined ? {} : { target: parseAddress(target)! }),
    ...(maxGrants === undefined ? {} : { maxGrants }),
    ...(start === undefined ? {} : { commands: { start } }),
  }));

/** The door as a person would write it down. */
function written(one: Door): string {
  const names = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'];
  const flags = names
    .map((name, bit) => ({ name, bit: 1 << bit }))
    .filter(({ bit }) => (one.flags.mask & bit) !== 0)
    .map(({ name, bit }) => ((one.flags.value & bit) === 0 ? `!${name}` : name));
  const yesNo = (isSo: boolean): string => (isSo ? 'yes' : 'no');
  return [
    `[${one.name}]`,
    `sequence = ${one.steps.map(stepText).join(', ')}`,
    `seq_timeout = ${one.windowSeconds}`,
    ...(flags.length === 0 ? [] : [`tcpflags = ${flags.join()}`]),
    ...(one.target === undefined ? [] : [`target = ${formatAddress(one.target)}`]),
    ...(one.commands?.start === undefined ? [] : [`command = ${one.commands.start}`]),
    ...(one.open.length === 0 ? [] : [`open = ${portsText(one.open)}`]),
    `open_for = ${one.openForSeconds * 1000}ms`,
    `open_prefix4 = ${one.openPrefix4}`,
    `open_prefix6 = ${one.openPrefix6}`,
    `on_expire = ${one.onExpire}`,
    `renew = ${yesNo(one.renews)}`,
    `guard = ${yesNo(one.guard)}`,
    ...(one.maxGrants === undefined ? [] : [`max_grants = ${one.maxGrants}`]),
    `vlan = ${one.vlan === 0 ? 'untagged' : one.vlan}`,
    `on_wrong_port = ${one.onWrongPort}`,
    `ignore_repeats = ${yesNo(one.ignoreRepeats)}`,
    `whole_seconds = ${yesNo(one.wholeSeconds)}`,
    `attempts_per_source = ${one.attemptsPerSource}`,
    `tripwire_hold = ${one.tripwireHoldSeconds * 1000}ms`,
  ].join('\n');
}
