import { chmodSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder, postern } from '../support/cli.ts';

const DOOR = '[ssh]\nsequence = 9000,7000,8000\ntcpflags = syn\nopen = tcp/22\n';

describe('postern check of lists of addresses', () => {
  const folder = new Folder();
  afterAll(() => folder[Symbol.dispose]());

  function check(options: string): { status: number | null; text: string } {
    const doors = folder.write('doors.conf', `[options]\n${options}\n${DOOR}`);
    const { status, stdout, stderr } = postern(['check', '-c', doors]);
    return { status, text: stdout + stderr };
  }

  it('says how many prefixes each file and the directive itself has', () => {
    const file = folder.write(
      'block.txt',
      '203.0.113.0/24\n2001:db8::/32 # a remark\n\n192.0.2.1\n',
    );
    const { status, text } = check(
      `block = 198.51.100.0/24\nblock_file = ${file}\nallow = 192.0.2.9`,
    );
    expect(status).toBe(0);
    expect(text).toContain('block: 1 prefix of the file itself');
    expect(text).toContain(`block: 3 prefixes of ${file}`);
    expect(text).toContain('allow: 1 prefix of the file itself');
  });

  it('names the line of a file that is no prefix, and fails', () => {
    const file = folder.write('broken.txt', '203.0.113.0/24\n203.0.113.0/33\nnobody\n');
    const { status, text } = check(`block_file = ${file}`);
    expect(status).toBe(1);
    expect(text).toContain(`${file}:2:`);
    expect(text).toContain(`${file}:3:`);
    expect(text).toContain('Not loadable.');
  });

  it.each([
    ['everybody', '0.0.0.0/0\n', '0.0.0.0/0'],
    ['everybody by IPv6', '::/0\n', '::/0'],
    ['whom never_block names', '198.51.100.0/25\n', 'never_block'],
  ])('refuses a file that blocks %s', (_, text, words) => {
    const file = folder.write('wide.txt', text);
    const checked = check(`never_block = 198.51.100.7\nblock_file = ${file}`);
    expect(checked.status).toBe(1);
    expect(checked.text).toContain(words);
  });

  it('refuses a file that others can write, and one that is not there', () => {
    const file = folder.write('open.txt', '203.0.113.0/24\n');
    chmodSync(file, 0o666);
    const open = check(`block_file = ${file}`);
    expect(open.status).toBe(1);
    expect(open.text).toContain(`chmod o-w ${file}`);
    const gone = check(`block_file = ${folder.path}/gone.txt`);
    expect(gone.status).toBe(1);
    expect(gone.text).toContain('No such file or directory');
  });
});
