import { describe, expect, it } from 'vitest';
import { hasNative } from '../../src/native.ts';
import { TRAIT } from '../../src/tuple/batch.ts';
import { corpus, CORPUS_MISSING, truthOf, type CountName, type Truth } from '../support/corpus.ts';
import { interestIn, SYN } from '../support/interest.ts';
import { readCapture, type Row } from '../support/read-capture.ts';

/** Link types that Postern does not read; the manifest lists them as found in the file. */
const UNSUPPORTED = ['6', '8', '10', '50', '105', '123', '127', '160', '195', '239'];
const EVERY_PORT = new Uint8Array(8192).fill(0xff);
const FIELDS = ['n', 'src', 'dst', 'proto', 'sport', 'dport', 'flags', 'frag', 'complete'] as const;

describe.skipIf(CORPUS_MISSING !== undefined)(
  `R-01: 144 public captures${CORPUS_MISSING === undefined ? '' : ` (skipped: ${CORPUS_MISSING})`}`,
  () => {
    const captures = corpus();
    const readable = captures.filter(({ linkTypes }) => !UNSUPPORTED.includes(linkTypes));
    const unreadable = captures.filter(({ linkTypes }) => UNSUPPORTED.includes(linkTypes));

    it('are all there', () => {
      expect(captures).toHaveLength(144);
    });

    it.each(readable.map((capture) => [capture.file, capture] as const))(
      '%s agrees with its truth',
      async (_, capture) => {
        const { rows, error, counters } = await readCapture(capture.path);
        expect(error === undefined).toBe(!capture.refused);
        expect(counters.packets).toBe(rows.length);
        const truths = truthOf(capture);
        expect(differences(rows, truths)).toEqual([]);
        const ours = countsOf(rows);
        const disputed = truths.some((truth) => truth.disputed !== undefined);
        // A disputed packet may move one count; everything else is exact.
        if (!disputed) expect(ours).toEqual(capture.counts);
        else expect(ours.packets).toBe(capture.counts.packets);
      },
    );

    it.each(unreadable.map((capture) => [capture.file, capture] as const))(
      '%s is refused by its link type',
      async (_, capture) => {
        const { rows, error } = await readCapture(capture.path);
        expect(rows).toEqual([]);
        expect(error?.code).toBe('CAPTURE_LINK_TYPE');
        expect(error?.message).toContain(`link type ${capture.linkTypes} not supported`);
      },
    );

    it.skipIf(!hasNative())('read the same by the addon and by TypeScript', async () => {
      for (const { path } of captures) {
        const native = await readCapture(path, { decoder: 'native' });
        const typescript = await readCapture(path, { decoder: 'typescript' });
        // Rows are compared as text first: a deep comparison of 160,000 takes long.
        if (JSON.stringify(typescript.rows) !== JSON.stringify(native.rows)) {
          expect(typescript.rows, path).toEqual(native.rows);
        }
        expect(typescript.counters, path).toEqual(native.counters);
        expect(typescript.interfaces, path).toEqual(native.interfaces);
        expect(typescript.error?.message, path).toBe(native.error?.message);
        expect(typescript.error?.code, path).toBe(native.error?.code);
      }
    });

    it.skipIf(!hasNative())(
      'counted the same by both where rows are of what is wanted',
      async () => {
        const interest = interestIn({ tcp: [80, 443], udp: [53], icmp: true, tcpFlags: SYN });
        for (const { path } of captures) {
          const options = { interest, everyPacket: false };
          const native = await readCapture(path, { ...options, decoder: 'native' });
          const typescript = await readCapture(path, { ...options, decoder: 'typescript' });
          expect(typescript.counters, path).toEqual(native.counters);
          expect(typescript.rows.length, path).toBe(native.rows.length);
        }
      },
    );

    it('make no knock of a packet that is in dispute', async () => {
      const interest = { ...interestIn({ tcpFlags: SYN }), tcp: EVERY_PORT, udp: EVERY_PORT };
      for (const capture of captures) {
        const disputed = truthOf(capture).filter((truth) => truth.disputed !== undefined);
        if (disputed.length === 0) continue;
        const { rows } = await readCapture(capture.path, { interest });
        for (const { n } of disputed) expect(rows[n - 1]!.ended, capture.file).not.toBe('wanted');
      }
    });
  },
);

function differences(rows: readonly Row[], truths: readonly Truth[]): string[] {
  return truths.flatMap((truth) => {
    const ours = rows[truth.n - 1]?.dump;
    if (ours === undefined) return [`packet ${truth.n} is missing`];
    const disputed = new Set(Object.keys(truth.disputed ?? {}));
    if (disputed.has('protonum')) disputed.add('proto');
    const fields = FIELDS.filter((field) => !disputed.has(field) && ours[field] !== truth[field]);
    const isSameTime = nanosecondsOf(ours.ts) === nanosecondsOf(truth.ts ?? '');
    return [...fields, ...(isSameTime ? [] : ['ts' as const])].map(
      (field) => `packet ${truth.n}: ${field} is ${ours[field]}, not ${truth[field]}`,
    );
  });
}

/** Whole nanoseconds; packets that carry no time count as 0. */
function nanosecondsOf(text: string): bigint {
  if (text === '') return 0n;
  const [seconds, fraction] = text.split('.') as [string, string];
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
}

function countsOf(rows: readonly Row[]): Record<CountName, number> {
  const count = (test: (row: Row) => boolean): number => rows.filter(test).length;
  const has = (row: Row, trait: number): boolean => (row['traits']! & trait) !== 0;
  const isWhole = (row: Row, family: number, protocol: number): boolean =>
    has(row, family) && has(row, TRAIT.complete) && row['protocol'] === protocol;
  return {
    packets: rows.length,
    ip4: count((row) => has(row, TRAIT.ipv4)),
    ip6: count((row) => has(row, TRAIT.ipv6)),
    tcp4: count((row) => isWhole(row, TRAIT.ipv4, 6)),
    udp4: count((row) => isWhole(row, TRAIT.ipv4, 17)),
    icmp4: count((row) => isWhole(row, TRAIT.ipv4, 1)),
    tcp6: count((row) => isWhole(row, TRAIT.ipv6, 6)),
    udp6: count((row) => isWhole(row, TRAIT.ipv6, 17)),
    icmp6: count((row) => isWhole(row, TRAIT.ipv6, 58)),
    syn_noack: count(
      (row) => row['protocol'] === 6 && has(row, TRAIT.complete) && (row['flags']! & 18) === 2,
    ),
    frag_later: count((row) => has(row, TRAIT.laterFragment)),
    noip: count((row) => !has(row, TRAIT.ipv4 | TRAIT.ipv6)),
  };
}
