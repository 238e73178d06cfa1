import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLog } from '../../../support/log-decoding.ts';

const WRITTEN = join(import.meta.dirname, '../../../golden/logs/ulogd.jsonl');
const LINES = readFileSync(WRITTEN, 'utf8').trimEnd().split('\n');
const TRUSTS = { trusts: true };

/** A member as it stands in a line, with the comma in front of it. */
const MEMBER = /,? *"[^"]*": *(?:"(?:[^"\\]|\\.)*"|[^",]*)/g;

describe('the order of keys, kept from line to line', () => {
  it('changes nothing about a line, whatever lines came before it', () => {
    fc.assert(
      fc.property(fc.array(changedLine(), { minLength: 2, maxLength: 12 }), (lines) => {
        const apart = lines.map((line) => decodeLog([line], TRUSTS));
        const together = decodeLog(lines, TRUSTS);
        expect(together.rows).toEqual(apart.flatMap(({ rows }) => rows));
        for (const end of ['matched', 'garbled', 'notKernel', 'otherPrefix'] as const) {
          expect(together.lines[end]).toBe(apart.reduce((sum, { lines }) => sum + lines[end], 0));
        }
      }),
    );
  });

  it('is not taken from a value that looks like it', () => {
    const key = LINES[0]!.indexOf(', "src_ip": ');
    const forged = `${LINES[0]!.slice(0, key)}, "note": ", \\"src_ip\\": \\"198.51.100.66\\""${LINES[0]!.slice(key)}`;
    const lines = [LINES[0]!, forged, LINES[0]!].map((line) => `${line}\n`);
    expect(decodeLog(lines, TRUSTS).rows).toEqual(Array(3).fill('127.0.0.1 tcp 7000'));
  });

  it('goes on without keeping more when every line has keys of its own', () => {
    const strange = Array.from({ length: 3000 }, (_, nth) => `{"key${nth}": ${nth}}\n`);
    const lines = [...strange, ...LINES.map((line) => `${line}\n`)];
    expect(decodeLog(lines, TRUSTS).rows).toEqual(decodeLog(lines.slice(3000), TRUSTS).rows);
  });
});

const BYTES = ['"', '\\', ',', ':', '}', '[', ' ', '7'];

/** A line of ulogd's in which members were left out, doubled, swapped, parted by other spaces, or cut, or another byte stands somewhere. */
function changedLine(): fc.Arbitrary<string> {
  const place = fc.nat(50);
  const change = fc.oneof(
    fc.record({ kind: fc.constantFrom('drop', 'double', 'swap', 'space'), at: place }),
    fc.record({ kind: fc.constant('cut'), at: fc.nat(800) }),
    fc.record({ kind: fc.constantFrom(...BYTES), at: fc.nat(800) }),
    fc.constant({ kind: 'none', at: 0 }),
  );
  return fc
    .tuple(fc.constantFrom(...LINES), fc.array(change, { maxLength: 3 }))
    .map(([line, changes]) => `${changes.reduce(changed, line)}\n`);
}

function changed(line: string, { kind, at }: { kind: string; at: number }): string {
  if (kind === 'none') return line;
  if (kind === 'cut') return line.slice(0, 1 + at);
  if (BYTES.includes(kind)) return line.slice(0, 1 + at) + kind + line.slice(2 + at);
  const members = line.slice(1, -1).match(MEMBER) ?? [];
  const [one, two] = [members[at], members[at + 1]];
  if (one === undefined || two === undefined) return line;
  const put = {
    drop: [two],
    double: [one, one, two],
    swap: [two, one],
    space: [one.replace(/: */, ' :   '), two],
  }[kind]!;
  return `{${[...members.slice(0, at), ...put, ...members.slice(at + 2)].join('')}}`;
}
