import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPortStep } from '../../../src/door/step.ts';
import { convert } from '../../../src/config/convert/convert.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import { OPTIONS } from '../../../src/config/option-directives.ts';
import { DOOR } from '../../../src/config/door-directives.ts';
import { namesOf } from '../../../src/config/directive.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { advise } from '../../../src/config/advice.ts';

const RUNS = Number(process.env['CONFIG_RUNS'] ?? 10_000);
const SEED = Number(process.env['CONFIG_SEED'] ?? Date.now() % 0x1_0000_0000);
const CORPUS = join(import.meta.dirname, '../../../../shared/knockd/conf-corpus');

/** Our own words in any order, other people's files if they are there, and no rule at all. */
const key = fc.constantFrom(
  ...[...OPTIONS.flatMap(namesOf), ...DOOR.flatMap(namesOf), 'nonsense', ''],
);
const value = fc.oneof(
  fc.constantFrom(
    '7000,8000:udp,9000',
    'syn,!ack',
    'tcp/22, udp/1-2',
    '30s',
    'yes',
    '192.0.2.0/24',
    '/',
    '0',
    '-1',
    '%IP%',
  ),
  fc.integer().map(String),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const line = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(key, value).map(([name, what]) => `${name} = ${what}`) },
  { weight: 2, arbitrary: fc.constantFrom('[options]', '[d]', '[e]', '[]', '# c', 'UseSyslog') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);
const made = fc.array(line, { maxLength: 30 }).map((lines) => Buffer.from(lines.join('\n')));
const seeds = existsSync(CORPUS)
  ? readdirSync(CORPUS)
      .filter((name) => name.endsWith('.conf'))
      .map((name) => readFileSync(join(CORPUS, name)))
  : [Buffer.from('[options]\n\tlogfile = /x\n[ssh]\n\tsequence = 7000,8000\n\ttcpflags = syn\n')];

const edit = fc.record({
  at: fc.nat(4000),
  cut: fc.nat(8),
  put: fc.oneof(
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('\n', '\0', '=', '[', ']', ',', '#', '\r', '[x]\n', 'é')
      .map((text) => Buffer.from(text)),
  ),
});
const mutated = fc
  .tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 12 }))
  .map(([bytes, edits]) => edits.reduce(applyEdit, bytes));

it(`R-70 any bytes give doors or problems with their places, never an exception (${RUNS} runs, seed ${SEED})`, () => {
  fc.assert(
    fc.property(
      fc.oneof(made, mutated, fc.uint8Array({ maxLength: 300 })),
      fc.boolean(),
      (bytes, strict) => {
        const loaded = parseConfiguration(bytes, 'f', { strict });
        const lines = Buffer.from(bytes).toString('latin1').split('\n').length;
        for (const problem of loaded.problems) {
          expect(problem.line).toBeGreaterThan(0);
          expect(problem.line).toBeLessThanOrEqual(lines);
          expect(problem.column).toBeGreaterThan(0);
          expect(problem.format().split('\n')).toHaveLength(3);
        }
        const hasErrors = loaded.problems.some(({ severity }) => severity === 'error');
        expect(loaded.configuration === undefined).toBe(hasErrors);
        const doors = loaded.configuration?.doors ?? [];
        for (const { steps, openForSeconds } of doors) {
          expect(steps.length).toBeGreaterThan(0);
          expect(steps.length).toBeLessThanOrEqual(32);
          const sizes = steps.map((step) => (isPortStep(step) ? step.port : (step.size ?? 0)));
          expect(sizes.every((size) => size >= 0 && size <= 65_535)).toBe(true);
          expect(openForSeconds).toBeGreaterThanOrEqual(0.01);
        }
        if (doors.length > 0) advise(loaded, compileDoors(doors));
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
});

function applyEdit(
  bytes: Buffer,
  { at, cut, put }: { at: number; cut: number; put: Buffer },
): Buffer {
  const from = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + cut)]);
}

it(`convert changes the commands of doors, and nothing else (${RUNS / 10} runs, seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.oneof(made, mutated), fc.constantFrom(undefined, '1h'), (bytes, openFor) => {
      const text = bytes.toString('latin1');
      const { outcomes, edits } = convert(text, 'f', openFor === undefined ? {} : { openFor });
      const after = edits.text();
      if (outcomes.every(({ kind }) => kind === 'left')) return after === text && edits.isEmpty;
      const kept = new Set(after.split('\n'));
      const lost = text.split('\n').filter((each) => !kept.has(each));
      return lost.every(
        (each) => /(command(_6)?|cmd_timeout)\s*=/i.test(each) || openFor !== undefined,
      );
    }),
    { numRuns: RUNS / 10, seed: SEED },
  );
});
