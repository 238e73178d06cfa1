import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';
import { dryRun } from '../../../src/daemon/dry-run.ts';

const parse = (options: readonly string[], ...lines: string[]) =>
  parseConfiguration(
    ['[options]', ...options, '[d]', 'sequence = 7000,8000', ...lines].join('\n'),
    'f',
  );
const doorOf = (options: readonly string[], ...lines: string[]) =>
  parse(options, ...lines).configuration!.doors[0]!;
const codes = (options: readonly string[], ...lines: string[]) =>
  parse(options, ...lines).problems.map(({ severity, code }) => `${severity} ${code}`);

const ALLOWED = { table: 'inet filter', name: 'allowed' };
const ALLOWED6 = { table: 'ip6 my.own', name: 'allowed6' };

describe('use_set', () => {
  it('names a set for each family, and then the door guards nothing', () => {
    const lines = ['use_set = inet filter allowed', 'use_set6 = ip6 my.own allowed6'];
    const door = doorOf([], 'open = tcp/22', ...lines);
    expect(door).toMatchObject({ guard: false, useSet: { ipv4: ALLOWED, ipv6: ALLOWED6 } });
  });

  it('may name one family alone', () => {
    const { useSet } = doorOf([], 'open = tcp/22', 'use_set = inet  filter allowed');
    expect(useSet).toEqual({ ipv4: ALLOWED });
  });

  it('holds in [options] for doors that name none, but for those that have no ports', () => {
    const options = ['use_set = inet filter allowed'];
    expect(doorOf(options, 'open = tcp/22').useSet).toEqual({ ipv4: ALLOWED });
    expect(doorOf(options, 'open = tcp/22', 'use_set = none')).not.toHaveProperty('useSet');
    expect(doorOf(options, 'start_command = true')).not.toHaveProperty('useSet');
    const both = doorOf(options, 'open = tcp/22', 'use_set6 = ip6 my.own allowed6');
    expect(both.useSet).toEqual({ ipv4: ALLOWED, ipv6: ALLOWED6 });
  });

  it.each([
    ['two words', 'filter allowed', 'CONFIG_INVALID_VALUE'],
    ['four words', 'inet filter allowed too', 'CONFIG_INVALID_VALUE'],
    ['another family', 'bridge filter allowed', 'CONFIG_INVALID_VALUE'],
    ['what nft takes for no name', 'inet filter @allowed', 'CONFIG_INVALID_VALUE'],
    ['our own table', 'inet postern open4', 'CONFIG_CONFLICT'],
  ])('does not take %s', (_, value, code) => {
    expect(codes([], 'open = tcp/22', `use_set = ${value}`)).toContain(`error ${code}`);
  });

  it.each([
    ['a guard', 'guard = yes'],
    ['sessions that are cut', 'on_expire = cut'],
    ['sessions that are followed', 'while_connected = yes'],
    ['ports that are sent on', 'open = tcp/2222 -> 10.0.0.5:22'],
  ])('goes not together with %s', (_, line) => {
    const lines = line.startsWith('open') ? [line] : ['open = tcp/22', line];
    expect(codes(['use_set = inet filter allowed'], ...lines)).toContain('error CONFIG_CONFLICT');
  });

  it('means nothing without open', () => {
    const problems = codes([], 'start_command = true', 'use_set = inet filter allowed');
    expect(problems).toEqual(['warning CONFIG_WITHOUT_OPEN']);
  });

  it('is told in a dry run, which draws no table for it', () => {
    const { configuration } = parse(['use_set = inet filter allowed'], 'open = tcp/22');
    expect(dryRun(configuration!, ['eth0'])).toEqual([
      '# would listen on eth0',
      '# door d: 7000:tcp 8000:tcp opens tcp/22 in set inet filter allowed',
      '# no door opens ports in a table of our own: none would be made',
    ]);
  });
});
