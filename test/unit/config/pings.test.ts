import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';
import { stepText } from '../../../src/door/step.ts';

function read(sequence: string, compat = false) {
  const options = compat ? '[options]\n compat = knockd\n' : '';
  const { configuration, problems } = parseConfiguration(
    `${options}[d]\n sequence = ${sequence}\n`,
    'f',
  );
  const errors = problems.filter(({ severity }) => severity === 'error');
  return {
    steps: configuration?.doors[0]?.steps.map(stepText),
    codes: errors.map(({ code }) => code),
  };
}

describe('pings in a sequence', () => {
  it.each([
    ['icmp, 7000, icmp6:0', ['icmp', '7000:tcp', 'icmp6:0']],
    ['ICMP:64,icmp6 : 1452,7000:udp', ['icmp:64', 'icmp6:1452', '7000:udp']],
  ])('are read: %s', (text, steps) => {
    expect(read(text)).toEqual({ steps, codes: [] });
  });

  it.each(['icmp:', 'icmp:x', 'icmp:-1', 'icmp:1453', 'icmp6:99999', 'icmp:6.4'])(
    'have a size that fits into a frame: not %s',
    (text) =>
      expect(read(`7000,${text}`)).toEqual({ steps: undefined, codes: ['CONFIG_INVALID_SIZE'] }),
  );

  it('have no port', () => {
    expect(read('64:icmp').codes).toEqual(['CONFIG_INVALID_PROTOCOL']);
  });

  it('are none of 0.8’s', () => {
    expect(read('icmp,7000', true).codes).toEqual(['CONFIG_INVALID_PROTOCOL']);
  });
});
