import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stepText } from '../../../src/door/step.ts';
import { knockdLineOf } from '../../../src/config/config-error.ts';
import { loadConfiguration } from '../../../src/config/load.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/knockd/conf-corpus');
const files = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter((name) => name.endsWith('.conf'))
  : [];

interface Expected {
  readonly starts: boolean;
  readonly stderr: readonly string[];
  readonly stdout: readonly string[];
}

describe.skipIf(files.length === 0)('configuration files of other people (needs ../shared)', () => {
  it.each(files)('%s is taken, or refused with the line of 0.8', (name) => {
    const expected = read(name);
    const { configuration, problems } = loadConfiguration(join(FOLDER, name));
    expect(configuration !== undefined).toBe(expected.starts);
    expect(knockdLineOf(problems)).toBe(expected.stderr[0]);
  });

  it.each(files.filter((name) => read(name).starts))('%s means the same doors', (name) => {
    const { configuration } = loadConfiguration(join(FOLDER, name), { compat: 'knockd' });
    const sequences = configuration!.doors.map(({ name: door, steps }) => {
      const knocks = steps.map(stepText).join(',');
      return `config: ${door}: sequence: ${knocks}`;
    });
    expect(sequences).toEqual(read(name).stdout.filter((line) => line.includes(': sequence: ')));
    const commands = configuration!.doors.flatMap(({ name: door, commands }) => [
      ...(commands?.start === undefined
        ? []
        : [`config: ${door}: start_command: ${commands.start}`]),
      ...(commands?.stop === undefined ? [] : [`config: ${door}: stop_command: ${commands.stop}`]),
    ]);
    const theirs = read(name).stdout.filter((line) => / st(art|op)_command: /.test(line));
    expect(commands.sort()).toEqual(theirs.sort());
  });
});

function read(name: string): Expected {
  const path = join(FOLDER, name.replace(/\.conf$/, '.expected.json'));
  return JSON.parse(readFileSync(path, 'utf8')) as Expected;
}
