import { describe, expect, it } from 'vitest';
import type { Door } from '../../../src/door/door.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import { decide } from '../../support/decide.ts';

function doors(allowFrom: string): readonly Door[] {
  const text = `[options]\n[near]\nsequence = 7000\nallow_from = ${allowFrom}\n`;
  const { configuration, problems } = parseConfiguration(text, 'f');
  expect(problems).toEqual([]);
  return configuration!.doors;
}

describe('a door that is there for some networks', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.7', '10.0.0.7', true],
    ['10.0.0.7', '10.0.0.6', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['0.0.0.0/0', '::ffff:10.0.0.1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '::ffff:10.0.0.1', true],
    ['::/0', '10.0.0.1', false],
    ['2001:db8:1::/48, 10.0.0.0/9', '2001:db8:1:ffff::1', true],
    ['2001:db8:1::/48, 10.0.0.0/9', '2001:db8:2::1', false],
    ['2001:db8:1::/48, 10.0.0.0/9', '10.128.0.0', false],
    ['2001:db8::/33', '2001:db8:8000::1', false],
  ])('allow_from = %s, knocked at from %s: %s', (allowFrom, from, isThere) => {
    const log = decide(doors(allowFrom), [{ tcp: 7000, from }]);
    expect(log).toEqual(isThere ? [`${from} near stage 1`, `${from} near open`] : []);
  });

  it('takes no notice of what others send, wrong ports included', () => {
    const [door] = doors('10.0.0.0/8');
    const strict = { ...door!, steps: [...door!.steps, { protocol: 'tcp', port: 8000 } as const] };
    const from = '10.0.0.1';
    const log = decide(
      [strict],
      [
        { tcp: 7000, from },
        { tcp: 8000, from: '192.0.2.1' },
        { tcp: 8000, from },
      ],
    );
    expect(log.at(-1)).toBe('10.0.0.1 near open');
  });
});
