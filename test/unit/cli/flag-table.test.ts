import { describe, expect, it } from 'vitest';
import { loadCommands } from '../../../src/cli/commands.ts';
import { tableOf } from '../../../src/cli/flag-table.ts';
import { kindOf } from '../../../src/packaging/program.ts';

describe('the value of a flag', () => {
  it.each([
    ['run', 'config', 'FILE', 'file'],
    ['run', 'source', 'SOURCE', 'text'],
    ['run', 'trial', 'DURATION', 'text'],
    ['lab', 'html', 'FILE', 'file'],
    ['calibrate', 'passphrase', 'FILE', 'file'],
    ['remove-table', 'state-folder', 'FOLDER', 'file'],
    ['grant', 'for', 'DURATION', 'text'],
  ])('goes by what it is: %s --%s %s', async (name, long, argument, kind) => {
    const command = (await loadCommands()).find(({ usage }) => usage.split(' ')[0] === name);
    const flag = tableOf(command!).flags.find((each) => each.long === long)!;
    expect([flag.argument, kindOf(flag)]).toEqual([argument, kind]);
  });
});
