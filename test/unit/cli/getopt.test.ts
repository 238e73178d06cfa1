import { describe, expect, it } from 'vitest';
import { KNOCKD_FLAGS } from '../../../src/cli/knockd-flags.ts';
import { KNOCK_FLAGS } from '../../../src/cli/knock-flags.ts';
import { getopt } from '../../../src/cli/getopt.ts';

/** Flags as `name=value`, operands as they are, errors with a `!`. */
function read(line: string, rules = KNOCKD_FLAGS, program = 'knockd'): string[] {
  const args = line === '' ? [] : line.split(' ');
  return [...getopt(program, args, rules)].map((word) => {
    if (word.kind === 'operand') return word.text;
    return word.kind === 'error' ? `! ${word.message}` : `${word.long}=${word.value}`;
  });
}

describe('getopt', () => {
  it.each([
    ['', []],
    ['-vD', ['verbose=', 'debug=']],
    ['-vDc k.conf x', ['verbose=', 'debug=', 'config=k.conf', 'x']],
    ['-ck.conf', ['config=k.conf']],
    ['-c -v', ['config=-v']],
    ['--config=k.conf --config k2', ['config=k.conf', 'config=k2']],
    ['--conf k.conf', ['config=k.conf']],
    ['--co=k', ['config=k']],
    ['--compat knockd', ['compat=knockd']],
    ['--config=', ['config=']],
    ['a -v b - c', ['a', 'verbose=', 'b', '-', 'c']],
    ['-v -- -D --x', ['verbose=', '-D', '--x']],
    ['-4vDdh', ['only-ip-v4=', 'verbose=', 'debug=', 'daemon=', 'help=']],
    ['-Zv', ["! knockd: invalid option -- 'Z'", 'verbose=']],
    ['-c', ["! knockd: option requires an argument -- 'c'"]],
    ['--config', ["! knockd: option '--config' requires an argument"]],
    ['--bogus', ["! knockd: unrecognized option '--bogus'"]],
    ['--bogus=1', ["! knockd: unrecognized option '--bogus'"]],
    ['--comp knockd', ["! knockd: unrecognized option '--comp'", 'knockd']],
    ['--verbose=1', ["! knockd: option '--verbose' doesn't allow an argument"]],
    ['--ve', ["! knockd: option '--ve' is ambiguous; possibilities: '--verbose' '--version'"]],
  ])('reads %j', (line, expected) => {
    expect(read(line)).toEqual(expected);
  });

  it('takes a value that looks like a flag', () => {
    expect(read('-d -5 host 1', KNOCK_FLAGS, 'knock')).toEqual(['delay=-5', 'host', '1']);
  });
});
