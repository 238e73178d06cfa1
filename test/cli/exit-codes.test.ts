import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Folder, knockClient, postern, type Ran } from '../support/cli.ts';
import { OFFICE_DOORS, officeCapture } from '../support/office.ts';

const COMMANDS = ['run', 'check', 'replay', 'dump', 'remove-table', 'demo'];

describe('exit codes', () => {
  let folder: Folder;
  const file = { doors: '', broken: '', capture: '', garbage: '', missing: '/nonexistent/file' };
  beforeAll(() => {
    folder = new Folder();
    file.doors = folder.write('knockd.conf', OFFICE_DOORS);
    file.broken = folder.write('broken.conf', OFFICE_DOORS.replace('9003', '99003'));
    file.capture = folder.write('office.pcap', officeCapture());
    file.garbage = folder.write(
      'garbage.pcap',
      'this is no capture at all, whatever its name says',
    );
  });
  afterAll(() => folder[Symbol.dispose]());

  type Args = () => readonly string[];
  it.each<[number, string, Args]>([
    [0, 'a good door file', () => ['check', '-c', file.doors]],
    [1, 'a broken door file', () => ['check', '-c', file.broken]],
    [1, 'a warning that --strict makes an error', () => ['check', '-c', file.broken, '--strict']],
    [1, 'a door file that is not there', () => ['check', '-c', file.missing]],
    [0, 'a good replay', () => ['replay', file.capture, '-c', file.doors]],
    [1, 'a replay by a broken door file', () => ['replay', file.capture, '-c', file.broken]],
    [2, 'a replay of garbage', () => ['replay', file.garbage, '-c', file.doors]],
    [2, 'a replay of nothing', () => ['replay', file.missing, '-c', file.doors]],
    [2, 'a replay without a door file', () => ['replay', file.capture]],
    [2, 'a replay without a capture', () => ['replay', '-c', file.doors]],
    [2, 'a replay at no speed', () => ['replay', file.capture, '-c', file.doors, '--speed', '0']],
    [0, 'a good dump', () => ['dump', file.capture]],
    [2, 'a dump of garbage', () => ['dump', file.garbage]],
    [2, 'a dump of a folder', () => ['dump', folder.path]],
    [2, 'a dump of two files', () => ['dump', file.capture, file.capture]],
    [1, 'a run with a broken door file', () => ['run', '-c', file.broken]],
    [1, 'a run on no interface', () => ['run', '-c', file.doors, '-i', 'no/such']],
    [2, 'an unknown flag', () => ['check', '--colour']],
    [2, 'an unknown command', () => ['open-sesame']],
    [2, 'no command', () => []],
    [2, 'a flag without its value', () => ['check', '-c']],
    [2, 'a door file without a name', () => ['check', '--config=']],
    [2, 'an unknown mode', () => ['check', '--compat', 'fwknop']],
  ])('%i for %s', (code, _, args) => {
    const ran = postern(args());
    expect(ran).toMatchObject({ status: code });
    if (code === 2) expectTwoLines(ran);
    expect(ran.stderr).not.toMatch(/^ {4}at /m);
  });

  it.each([...COMMANDS, ''])('0 for %s --help, which has an example', (command) => {
    const { status, stdout, stderr } = postern([...(command ? [command] : []), '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/Usage|postern/);
    if (command !== '') expect(stdout).toMatch(new RegExp(`Examples:\\n.*postern ${command}`));
    else for (const each of COMMANDS) expect(stdout).toContain(`postern ${each}`);
  });

  it('0 for --version, which is that of the package', () => {
    expect(postern(['--version'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });

  it('of the client are those of 0.8: 0, and 1 for no ports and unknown names', () => {
    expect(knockClient(['127.0.0.1', '7', '9:udp'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(knockClient(['-v', '127.0.0.1', '7', '9:udp']).stdout).toBe(
      'hitting tcp 127.0.0.1:7\nhitting udp 127.0.0.1:9\n',
    );
    for (const args of [['127.0.0.1'], ['no.such.name.invalid', '7']]) {
      expect(knockClient(args).status).toBe(1);
    }
  });
});

/** What is wrong, and where to read on: nothing else. */
function expectTwoLines({ stdout, stderr }: Ran): void {
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^postern: .+\n(Try: postern .*--help\n)?$/);
}
