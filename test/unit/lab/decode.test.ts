import { describe, expect, it, vi } from 'vitest';
import { compose, type Composed } from '../../../src/lab/page/model/compose.ts';
import { decode, type Decoded } from '../../../src/lab/page/model/decode.ts';
import type { KnockForm } from '../../../src/lab/page/model/knock-form.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { EXAMPLE_OF_2004, knockForm, OFFSETS_OF_2004 } from '../../support/knock-form.ts';

vi.mock('node:fs', () => import('../../../src/lab/page/stand-in/fs.ts'));

interface Seen {
  /** What becomes of the ports on their way. */
  readonly ports?: (ports: readonly number[]) => readonly number[];
  readonly from?: string;
  readonly secondsLater?: number;
}

/** Composes a knock, and reads it as it arrives. */
function knock(over: Partial<KnockForm>, seen: Seen = {}): Promise<Decoded> {
  const composed = compose(knockForm(over)) as Composed;
  const { door, files, client, timeMs, saying } = composed;
  const ports = saying.hits.map(({ port }) => port);
  return decode({
    door,
    files,
    ports: (seen.ports?.(ports) ?? ports).map((port) => ({ port })),
    source: seen.from === undefined ? client : parseAddress(seen.from)!,
    timeMs: timeMs + (seen.secondsLater ?? 0) * 1000,
  });
}

const whatOf = ({ told }: Decoded): string[] => told.map(({ what }) => what);

describe('the lab’s decoder', () => {
  it.each([
    ['sealed', {}],
    ['sealed, stated', { rule: 'stated', span: '40000-40511' }],
    ['sealed, by UDP', { carrier: 'udp' }],
    ['sealed, by pings', { carrier: 'icmp', span: '100-355' }],
    ['legacy', EXAMPLE_OF_2004],
    ['totp', { kind: 'totp', span: '20000-59999' }],
    ['hotp', { kind: 'hotp', span: '20000-59999', counter: '3' }],
  ] as const)('reads back what was composed, and the door opens: %s', async (_, over) => {
    const composed = compose(knockForm({ ...over, salt: '1' })) as Composed;
    const decoded = await knock({ ...over, salt: '1' });
    expect(whatOf(decoded)).toContain(`opened ${'open' in over ? over.open : 'tcp/22'} for 30 s`);
    expect(decoded.reasons).toEqual([]);
    const shown = decoded.stages.flatMap(({ parts }) => parts.map(({ bytes }) => [...bytes]));
    const made = composed.saying.stages.flatMap(({ parts }) =>
      parts.map(({ bytes }) => [...bytes]),
    );
    expect(shown).toEqual(made);
  });

  it('opens for a plain sequence, step by step', async () => {
    const decoded = await knock({ kind: 'sequence', sequence: '7000, 8000, 9000' });
    expect(whatOf(decoded)).toEqual([
      'stage 1',
      'stage 2',
      'stage 3',
      'the knock is right',
      'opened tcp/22 for 30 s',
    ]);
  });

  it('reads the vectors of 2004 back to their fields', async () => {
    const over = { ...EXAMPLE_OF_2004, iv: '36574210', header: 'yes' } as const;
    const ports = (): number[] => OFFSETS_OF_2004.V2.map((offset) => offset + 40_000);
    const { stages } = await knock(over, { ports });
    expect(stages[0]!.parts.map(({ meaning }) => meaning)).toEqual([
      '10.3.2.1, who is to be let in',
      'port 3306, which the door must open',
      '5; what it meant was up to each site',
      'the sum of the bytes before it, modulo 256',
    ]);
  });

  it.each([
    ['another source', {}, { from: '203.0.113.10' }, 'forged: the keyed check is right'],
    ['too late', {}, { secondsLater: 120 }, 'late: its time is further back'],
    ['too early', {}, { secondsLater: -120 }, 'early: its time is further ahead'],
    ['too wide', { prefix: '16' }, {}, 'too wide: it asks for a wider network'],
    ['not offered', { terms: '#2' }, {}, 'not offered: it asks for an action'],
    [
      'a symbol lost',
      {},
      { ports: (all: readonly number[]) => all.slice(1) },
      'of 64 places, 1 have no symbol: 0',
    ],
    [
      'a symbol changed',
      {},
      { ports: ([first, ...rest]: readonly number[]) => [first! ^ 1, ...rest] },
      'no message of this key is among them',
    ],
    [
      'ports beside the span',
      {},
      { ports: (all: readonly number[]) => [...all.slice(1), 9] },
      '1 of the ports do not lie on the span',
    ],
    [
      'a legacy knock cut short',
      EXAMPLE_OF_2004,
      { ports: (all: readonly number[]) => all.slice(1) },
      '15 ports on the span; a knock has 16',
    ],
    [
      'a legacy knock with a bit changed',
      EXAMPLE_OF_2004,
      { ports: ([first, ...rest]: readonly number[]) => [first! ^ 1, ...rest] },
      'is not right',
    ],
    [
      'a code of long ago',
      { kind: 'totp', span: '20000-59999' },
      { secondsLater: 600 },
      'no code that is in force',
    ],
  ] as const)('says why nothing opens: %s', async (_, over, seen, words) => {
    const decoded = await knock(over as Partial<KnockForm>, seen as Seen);
    expect(decoded.reasons.join('\n')).toContain(words);
    expect(whatOf(decoded).join()).not.toContain('opened');
  });
});
