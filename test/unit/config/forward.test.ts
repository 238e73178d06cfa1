import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';
import { portsText } from '../../../src/door/ports-text.ts';
import { parseAddress } from '../../../src/tuple/address.ts';

const parse = (...lines: string[]) =>
  parseConfiguration(['[d]', 'sequence = 7000,8000', ...lines].join('\n'), 'f');
const codes = (...lines: string[]) =>
  parse(...lines).problems.map(({ line, severity, code }) => `${line} ${severity} ${code}`);

describe('ports that are sent on', () => {
  it('name a machine and its port, one for each family', () => {
    const text = 'tcp/2222 -> 10.0.0.5:22, tcp/2222 -> [fd00::5]:22, udp/53';
    const { open } = parse(`open = ${text}`).configuration!.doors[0]!;
    expect(open).toEqual([
      {
        protocol: 'tcp',
        from: 2222,
        to: 2222,
        forward: { address: parseAddress('10.0.0.5'), port: 22 },
      },
      {
        protocol: 'tcp',
        from: 2222,
        to: 2222,
        forward: { address: parseAddress('fd00::5'), port: 22 },
      },
      { protocol: 'udp', from: 53, to: 53 },
    ]);
    expect(portsText(open)).toBe(text);
  });

  it.each([
    ['a range', 'tcp/20-30 -> 10.0.0.5:22', 'CONFIG_INVALID_PORT'],
    ['no port', 'tcp/22 -> 10.0.0.5', 'CONFIG_INVALID_VALUE'],
    ['port 0', 'tcp/22 -> 10.0.0.5:0', 'CONFIG_INVALID_VALUE'],
    ['no address', 'tcp/22 -> lab:22', 'CONFIG_INVALID_VALUE'],
    ['IPv6 without brackets', 'tcp/22 -> fd00::5:22', 'CONFIG_INVALID_VALUE'],
    ['IPv4 in brackets', 'tcp/22 -> [10.0.0.5]:22', 'CONFIG_INVALID_VALUE'],
    [
      'two machines of one family',
      'tcp/22 -> 10.0.0.5:22, tcp/22 -> 10.0.0.6:22',
      'CONFIG_INVALID_VALUE',
    ],
    ['a port that stays here too', 'tcp/22, tcp/22 -> 10.0.0.6:22', 'CONFIG_INVALID_VALUE'],
  ])('can’t have %s', (_, value, code) => {
    expect(codes(`open = ${value}`)).toEqual([`3 error ${code}`]);
  });

  it.each([
    [
      'a ping over IPv4 and a machine by IPv6',
      ['sequence = 1,icmp', 'open = tcp/22 -> [fd00::5]:22'],
      1,
    ],
    [
      'sources by IPv6 and a machine by IPv4',
      ['allow_from = fd00::/8', 'open = tcp/22 -> 10.0.0.5:22'],
      1,
    ],
    ['sources by both', ['allow_from = fd00::/8, 10.0.0.0/8', 'open = tcp/22 -> 10.0.0.5:22'], 0],
    ['a target by IPv4 and a port here', ['target = 192.0.2.1', 'open = tcp/22'], 0],
  ])('in a door that has %s are an error if nobody can ever get there', (_, lines, count) => {
    const text = lines[0]!.startsWith('sequence')
      ? ['[d]', ...lines]
      : ['[d]', 'sequence = 1,2', ...lines];
    const { problems } = parseConfiguration(text.join('\n'), 'f');
    expect(problems.filter(({ code }) => code === 'CONFIG_CONFLICT')).toHaveLength(count);
  });
});

describe('the end of a door', () => {
  it.each([
    ['leave', 'renew = yes', 'leave'],
    ['cut with while_connected', 'while_connected = yes', 'cut'],
    ['cut where that is said', 'on_expire = cut', 'cut'],
  ])('is %s', (_, line, onExpire) => {
    expect(parse('open = tcp/22', line).configuration!.doors[0]!.onExpire).toBe(onExpire);
  });

  it('has its times for who is connected', () => {
    const lines = ['open = tcp/22', 'while_connected = yes', 'idle_for = 2m', 'max_open = 1h'];
    const [one] = parse(...lines).configuration!.doors;
    expect(one!.whileConnected).toEqual({ idleSeconds: 120, maxOpenSeconds: 3600 });
  });

  it.each([
    [
      'left to sessions that are heard',
      ['while_connected = yes', 'on_expire = leave'],
      '5 error CONFIG_CONFLICT',
    ],
    [
      'without a guard that hears sessions',
      ['while_connected = yes', 'guard = no'],
      '4 error CONFIG_CONFLICT',
    ],
    [
      'before its first packet has to come',
      ['while_connected = yes', 'max_open = 5s'],
      '4 error CONFIG_CONFLICT',
    ],
    ['by a time that means nothing', ['idle_for = 5m'], '4 warning CONFIG_WITHOUT_OPEN'],
  ])('can’t be %s', (_, lines, problem) => {
    expect(codes('open = tcp/22', ...lines)).toEqual([problem]);
  });
});
