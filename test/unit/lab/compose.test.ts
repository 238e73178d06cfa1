import { describe, expect, it, vi } from 'vitest';
import { codePorts } from '../../../src/codec/one-time-code.ts';
import { compose, type Composed } from '../../../src/lab/page/model/compose.ts';
import type { KnockForm } from '../../../src/lab/page/model/knock-form.ts';
import { hexText } from '../../../src/lab/page/model/saying.ts';
import { sealedDoor, sealedPorts, NOW } from '../../support/sealed.ts';
import { EXAMPLE_OF_2004, knockForm, OFFSETS_OF_2004 } from '../../support/knock-form.ts';

vi.mock('node:fs', () => import('../../../src/lab/page/stand-in/fs.ts'));

function composed(over: Partial<KnockForm>): Composed {
  const made = compose(knockForm(over));
  if ('problems' in made) throw new Error(made.problems.join('\n'));
  return made;
}

function problemsOf(over: Partial<KnockForm>): string {
  const made = compose(knockForm(over));
  return 'problems' in made ? made.problems.join('\n') : '';
}

const portsOf = ({ saying }: Composed): number[] => saying.hits.map(({ port }) => port);

describe('the lab’s composer', () => {
  it('makes the sealed knock that the client would have made', () => {
    const made = composed({ salt: '1', terms: '', door: 'ssh' });
    expect(made.timeMs).toBe(NOW * 1000);
    expect(portsOf(made)).toEqual(sealedPorts(sealedDoor(), { salt: 1, terms: 0 }));
  });

  it('shows each field of a sealed knock, in clear and as it is sent', () => {
    const [clear, sealed] = composed({ salt: '258', terms: '5m', prefix: '32' }).saying.stages;
    const shown = (stage: typeof clear): [string, string][] =>
      stage!.parts.map(({ name, bytes }) => [name, hexText(bytes)]);
    expect(shown(clear)).toEqual([
      ['asks for', '5e'],
      ['prefix', '20'],
      ['address', ''],
    ]);
    expect(shown(sealed).map(([name]) => name)).toEqual([
      'check',
      'time',
      'salt',
      'asks for',
      'prefix',
      'seal',
    ]);
    expect(shown(sealed)[2]).toEqual(['salt', '01 02']);
    expect(clear!.parts[0]!.meaning).toBe('the door to open for 300 s, if it may for so long');
  });

  it('states the address under `stated`', () => {
    const made = composed({ rule: 'stated', span: '40000-40511', salt: '1' });
    const [clear, sealed] = made.saying.stages;
    expect(hexText(clear!.parts[2]!.bytes)).toBe('00 00 00 00 00 00 00 00 00 00 ff ff cb 00 71 09');
    expect(sealed!.parts.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(32);
  });

  it.each([
    ['V1', {}, OFFSETS_OF_2004.V1],
    ['V2', { iv: '36574210', header: 'yes' }, OFFSETS_OF_2004.V2],
    ['V6, DES', { cipher: 'des' }, [0x5f, 0x13, 0x6a, 0xaf]],
    ['V4, Rijndael', { cipher: 'rijndael' }, [0x5c, 0x62, 0xa8, 0xed]],
    ['no cipher', { passphrase: '' }, [10, 3, 2, 1, 12, 234, 5, 11]],
    ['V1 on 4,096 ports', { span: '40000-44095' }, [3387, 545, 1362, 2393, 3394, 267]],
  ] as const)('makes the vector of 2004: %s', (_, over, offsets) => {
    const made = composed({ ...EXAMPLE_OF_2004, ...over });
    const sent = portsOf(made).map((port) => port - 40_000);
    expect(sent.slice(0, offsets.length)).toEqual([...offsets]);
    expect(made.warnings.join()).toContain('legacy knock');
  });

  it('makes codes by the clock and by their number', () => {
    const secret = Buffer.from('3a'.repeat(20), 'hex');
    const span = '20000-59999';
    const totp = composed({ kind: 'totp', span });
    const knock = totp.door.encoded as Parameters<typeof codePorts>[0];
    expect(portsOf(totp)).toEqual(codePorts(knock, secret, Math.floor(NOW / 30)));
    const hotp = composed({ kind: 'hotp', span, counter: '7' });
    expect(portsOf(hotp)).toEqual(codePorts(knock, secret, 7));
  });

  it('takes a plain sequence as it stands', () => {
    const { saying } = composed({ kind: 'sequence', sequence: '7000, 8000:udp, 9000' });
    expect(saying.hits).toMatchObject([
      { port: 7000, protocol: 'tcp' },
      { port: 8000, protocol: 'udp' },
      { port: 9000, protocol: 'tcp' },
    ]);
  });

  it.each([
    ['a span that is too small, in the parser’s words', { span: '40000-40010' }, 'too small'],
    ['a key of too few digits', { key: '07' }, '64 hexadecimal digits'],
    ['an address that is none', { client: '10.0.0' }, 'is no address'],
    ['a time that is none', { time: 'soon' }, 'is no time'],
    ['something that cannot be asked for', { terms: '#99' }, 'asks for nothing'],
    ['a prefix that is too long', { prefix: '33' }, 'from 0 to 32'],
    ['a field that is none', { kind: 'legacy', fields: 'client=10.3.2.1, colour=3' }, 'no field'],
    ['a field without its value', { kind: 'legacy', fields: 'client, port=22' }, 'what was client'],
  ] as const)('says what is wrong: %s', (_, over, words) => {
    expect(problemsOf(over)).toContain(words);
  });
});
