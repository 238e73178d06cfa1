import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { advise, checkTargets } from '../../../src/config/advice.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import { adviseOnSecrecy } from '../../../src/config/secrecy.ts';
import { nearest } from '../../../src/config/suggest.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { parseAddress } from '../../../src/tuple/address.ts';

function advice(text: string, seed?: string): string[] {
  const loaded = parseConfiguration(text, 'f');
  const compiled = compileDoors(loaded.configuration!.doors, { seed });
  return advise(loaded, compiled).map(
    ({ line, column, code, severity }) => `${line}:${column} ${severity} ${code.slice(7)}`,
  );
}

function doorOf(sequence: string, ...lines: string[]): string {
  return [`[${sequence}]`, `sequence = ${sequence}`, ...lines].join('\n');
}

describe('advice', () => {
  it.each([
    { what: 'ports in no order', sequence: '7000,9000,8000' },
    { what: 'protocols that alternate', sequence: '7000,8000:udp,9000' },
    { what: 'a port that returns', sequence: '7000,9000,7000' },
  ])('is silent about $what', ({ sequence }) => {
    expect(advice(doorOf(sequence), 'seed')).toEqual([]);
  });

  it.each([
    { what: 'one step', sequence: '7000' },
    { what: 'rising ports', sequence: '7000,8000,9000' },
    { what: 'falling ports', sequence: '9000:udp,8000:udp,7000:udp' },
    { what: 'neighbouring ports', sequence: '7000,6000,6001' },
  ])('warns of $what', ({ sequence }) => {
    expect(advice(doorOf(sequence), 'seed')).toEqual(['2:12 warning EASY_TO_GUESS']);
  });

  it('says which scan opens a door that has no tripwires', () => {
    const loaded = parseConfiguration(doorOf('7000,8000', 'tripwire_hold = 0'), 'f');
    const [problem] = advise(loaded, compileDoors(loaded.configuration!.doors));
    expect(problem!.format()).toMatch(/opened by one scan[^]*rising ports/);
  });

  it('warns of odds that are low', () => {
    expect(advice(doorOf('7000,9000,8000', 'tripwire_hold = 0'))).toEqual([
      '2:12 warning EASY_TO_GUESS',
    ]);
  });

  it('warns of doors with one knock, once, and of one on the way to another', () => {
    const twins = `${doorOf('9000,7000,8000')}\n[twin]\nsequence = 9000,7000,8000`;
    expect(advice(twins, 'seed')).toEqual(['2:12 warning AMBIGUOUS_DOORS']);
    const nested = `${doorOf('9000,7000')}\n${doorOf('9000,7000,8000,1')}`;
    expect(advice(nested, 'seed')).toContain('2:12 warning AMBIGUOUS_DOORS');
  });
});

describe('advice about ports', () => {
  const host = {
    listening: { tcp: new Set([22]), udp: new Set([5353]) },
    ephemeral: [32_768, 60_999],
  } as const;

  it.each([
    ['a port that something listens at', '7000,22,8000', 'tcp/22, where something listens'],
    ['the same by UDP', '7000,5353:udp,800:udp', 'udp/5353, where something listens'],
    ['well-known ports', '7000,80,443:udp,80', 'tcp/80, udp/443, well known'],
    ['ephemeral UDP ports', '7000,40000:udp,8000', 'udp/40000, where answers'],
    ['ephemeral TCP ports without flags', '7000,40000,8000', 'tcp/40000, where answers'],
    ['the same with ack', '7000,40000,8000\ntcpflags = ack', 'tcp/40000, where answers'],
  ])('warns of %s', (_, sequence, said) => {
    const loaded = parseConfiguration(`[a]\nsequence = ${sequence}`, 'f');
    const compiled = compileDoors(loaded.configuration!.doors, { seed: 'seed' });
    const problems = advise(loaded, compiled, host);
    expect(problems.map(({ message }) => message)).toContainEqual(expect.stringContaining(said));
  });

  it.each([
    ['ports that TCP alone listens at', '7000,22:udp,8000'],
    ['ephemeral TCP ports with syn', '7000,40000,8000\ntcpflags = syn'],
    ['others', '7000,61000,8000'],
  ])('says nothing of answers or clients at %s', (_, sequence) => {
    const loaded = parseConfiguration(`[a]\nsequence = ${sequence}`, 'f');
    const compiled = compileDoors(loaded.configuration!.doors, { seed: 'seed' });
    const said = advise(loaded, compiled, host).map(({ message }) => message);
    expect(said.filter((message) => /answers|listens/.test(message))).toEqual([]);
  });
});

describe('advice about commands', () => {
  const rule = 'INPUT -s %IP% -p tcp --dport 22 -j ACCEPT';
  const pair = ['start_command = iptables -A', 'stop_command = iptables -D'].map(
    (line) => `${line} ${rule}`,
  );

  it('tells which could be open', () => {
    expect(advice(doorOf('7000,9000,8000', ...pair), 'seed')).toEqual(['3:17 warning COULD_OPEN']);
  });

  it.each([
    ['what nothing closes', [pair[0]!]],
    ['other programs', ['command = /bin/true']],
    ['what opens already', [...pair, 'open = tcp/22']],
  ])('is silent about %s', (_, lines) => {
    expect(advice(doorOf('7000,9000,8000', ...lines), 'seed')).toEqual([]);
  });
});

describe('advice about the file', () => {
  it('warns where everybody can read it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-secrecy-'));
    const said = [0o600, 0o640, 0o644].map((mode) => {
      const file = join(folder, 'knockd.conf');
      writeFileSync(file, '');
      chmodSync(file, mode);
      return adviseOnSecrecy([file]).map(({ code }) => code);
    });
    expect(said).toEqual([[], [], ['CONFIG_READABLE']]);
    rmSync(folder, { recursive: true });
    expect(adviseOnSecrecy(['/nowhere', '/dev/null'])).toEqual([]);
  });
});

describe('targets', () => {
  const local = ['192.0.2.1', '2001:db8::1'].map((text) => parseAddress(text)!);

  it.each([
    { what: 'its own address', lines: ['target = 192.0.2.1', 'open = tcp/22'], codes: [] },
    { what: 'no target', lines: ['open = tcp/22'], codes: [] },
    {
      what: 'another host, with a command',
      lines: ['target = 192.0.2.9', 'command = x'],
      codes: [],
    },
    {
      what: 'another host, with open: a machine behind this one',
      lines: ['target = 192.0.2.9', 'open = tcp/22'],
      codes: [],
    },
    {
      what: 'another host, with ports of this one that are sent on',
      lines: ['target = 192.0.2.9', 'open = tcp/22 -> 192.0.2.10:22'],
      codes: ['3:10 error CONFIG_FOREIGN_TARGET'],
    },
  ])('$what', ({ lines, codes }) => {
    const problems = checkTargets(parseConfiguration(doorOf('1,2', ...lines), 'f'), local);
    expect(
      problems.map(({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`),
    ).toEqual(codes);
  });
});

describe('the nearest name', () => {
  const known = ['sequence', 'open', 'open_for', 'seq_timeout', 'tcpflags'];

  it.each([
    ['sequnce', 'sequence'],
    ['esquence', 'sequence'],
    ['open-for', 'open_for'],
    ['OpenFor', 'open_for'],
    ['tcp_flag', 'tcpflags'],
    ['opne', 'open'],
    ['colour', undefined],
    ['__proto__', undefined],
    ['x'.repeat(10_000), undefined],
  ])('to %s is %s', (written, meant) => {
    expect(nearest(written, known)).toBe(meant);
  });
});
