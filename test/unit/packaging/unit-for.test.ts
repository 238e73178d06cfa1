import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';
import { unitFor } from '../../../src/packaging/unit-for.ts';

const SSH = '[ssh]\nsequence = 7000,8000\nopen = tcp/22\n';

describe('the unit that fits', () => {
  it.each([
    ['doors that only open', SSH],
    ['a log of its own', `[options]\nlogfile = /var/log/postern/log\n${SSH}`],
    ['syslog', `[options]\nUseSyslog\n${SSH}`],
    ['no door at all', '[options]\nUseSyslog\n'],
    ['commands that are given but empty', `${SSH}start_command_6 =\n`],
  ])('is the one without root for %s', (_, text) => {
    expect(choice(text)).toEqual({ unit: 'postern.service', why: 'no door needs root' });
  });

  it.each([
    ['a command', `${SSH}command = /usr/bin/true\n`, 'door "ssh" runs commands'],
    ['a command for IPv6 alone', `${SSH}stop_command_6 = true\n`, 'door "ssh" runs commands'],
    [
      'an action that runs a program',
      `${SSH}actions = tell\n[action tell]\nrun = ["/usr/bin/true"]\n`,
      'action "tell" runs a program',
    ],
    ['an up command', `[options]\nup_command = true\n${SSH}`, 'it runs up or down commands'],
    [
      'a log elsewhere',
      `[options]\nlogfile = /var/log/knockd.log\n${SSH}`,
      'the log file lies outside /var/log/postern',
    ],
    [
      'a log that only seems to lie there',
      `[options]\nlogfile = /var/log/postern/../knockd.log\n${SSH}`,
      'the log file lies outside /var/log/postern',
    ],
    [
      'another state folder',
      `[options]\nstate_folder = /srv/postern\n${SSH}`,
      'the state folder is not /var/lib/postern',
    ],
  ])('is root’s for %s', (_, text, why) => {
    expect(choice(text)).toEqual({ unit: 'knockd.service', why });
  });
});

function choice(text: string): ReturnType<typeof unitFor> {
  const { configuration, problems } = parseConfiguration(text, '/etc/knockd.conf');
  if (configuration === undefined) throw new Error(problems.map(({ message }) => message).join());
  return unitFor(configuration);
}
