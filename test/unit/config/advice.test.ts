import { describe, expect, it } from 'vitest';
import { advise, checkTargets } from '../../../src/config/advice.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
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
      what: 'another host, with open',
      lines: ['target = 192.0.2.9', 'open = tcp/22'],
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
