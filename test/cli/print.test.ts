import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { OPTIONS } from '../../src/config/option-directives.ts';
import { DOOR } from '../../src/config/door-directives.ts';
import { KNOCK_FLAGS } from '../../src/cli/knock-flags.ts';
import { KNOCKD_FLAGS } from '../../src/cli/knockd-flags.ts';
import { Folder, postern } from '../support/cli.ts';

const PAGES = ['postern', 'knockd', 'knock', 'knockd.conf'] as const;
const PROGRAMS = ['postern', 'knockd', 'knock'] as const;
const noMandoc = missing('mandoc', ['-h']);

describe('pages of the manual', () => {
  it.skipIf(noMandoc).each(PAGES)('of %s have nothing that mandoc would have otherwise', (name) => {
    using folder = new Folder();
    const file = folder.write(name, print('man', name));
    const { stdout, stderr } = spawnSync('mandoc', ['-Tlint', file], { encoding: 'utf8' });
    // They refer to each other, and are not installed here.
    const rest = `${stdout}${stderr}`
      .split('\n')
      .filter(
        (line) => line !== '' && !/referenced manual not found|outdated mandoc.db/.test(line),
      );
    expect(rest).toEqual([]);
  });

  it('refer to none but each other', () => {
    const known = ['postern 8', 'knockd 8', 'knock 1', 'knockd.conf 5'];
    const named = PAGES.flatMap((name) =>
      [...print('man', name).matchAll(/^\.Xr (\S+ \d)/gm)].map(([, page]) => page!),
    );
    expect(named.filter((page) => !known.includes(page))).toEqual([]);
  });

  it('are dated as the source of a build', () => {
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    const { stdout } = postern(['print', 'man', 'knock'], { env });
    expect(stdout).toMatch(/^\.Dd November 14, 2023\n\.Dt KNOCK 1\n/);
  });

  it.skipIf(noMandoc)('tell of every directive and every flag', () => {
    const conf = asText('knockd.conf');
    for (const { name, aliases = [] } of [...OPTIONS, ...DOOR]) {
      for (const each of [name, ...aliases])
        expect(conf).toMatch(new RegExp(`^ +.*\\b${each}\\b`, 'm'));
    }
    const [knockd, knock] = [asText('knockd'), asText('knock')];
    for (const { long } of KNOCKD_FLAGS) expect(knockd).toContain(`--${long}`);
    for (const { long } of KNOCK_FLAGS) expect(knock).toContain(`--${long}`);
    const own = asText('postern');
    for (const command of commandNames()) expect(own).toContain(command);
  });
});

describe('completion', () => {
  it.each([
    [['run', '--on'], ['--only-ip-v4']],
    [
      ['convert', '--guard', ''],
      ['yes', 'no'],
    ],
    [['pri'], ['print']],
    [
      ['replay', '--progress', 'a'],
      ['auto', 'always'],
    ],
  ])('in bash, of postern %j, gives %j', (words, expected) => {
    expect(completed('postern', words)).toEqual(expected);
  });

  it('in bash knows the flags of the drop-ins', () => {
    expect(completed('knockd', ['--pid'])).toEqual(['--pidfile']);
    expect(completed('knock', ['--wa'])).toEqual(['--wait']);
    expect(completed('knockd', ['-i', 'any'])).toEqual(['any']);
  });

  it.skipIf(missing('zsh', ['--version'])).each(PROGRAMS)('is zsh’s own grammar for %s', (name) => {
    using folder = new Folder();
    const file = folder.write(`_${name}`, print('completion', 'zsh', name));
    expect(spawnSync('zsh', ['-n', file], { encoding: 'utf8' })).toMatchObject(CLEAN);
    // Called as zsh calls it, with the last step stood in for.
    const script = `_arguments() { print -r -- "$@" }; _describe() { print -r -- \${(P)2} }
      words=(${name} r) CURRENT=2; source ${file}`;
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toContain(name === 'postern' ? 'run:the daemon' : '--verbose');
  });

  it.skipIf(missing('fish', ['--version']))('in fish gives commands, flags and values', () => {
    using folder = new Folder();
    const complete = (line: string): string[] => {
      const file = folder.write('postern.fish', print('completion', 'fish'));
      const command = ['-N', '-c', `source ${file}; complete -C '${line}'`];
      const { stdout, stderr } = spawnSync('fish', command, {
        encoding: 'utf8',
        env: { ...process.env, HOME: folder.path },
      });
      expect(stderr).toBe('');
      return stdout
        .trim()
        .split('\n')
        .map((each) => each.split('\t')[0]!);
    };
    expect(complete('postern conv')).toEqual(['convert']);
    expect(complete('postern run --on')).toEqual(['--only-ip-v4']);
    expect(complete('postern convert --guard ').sort()).toEqual(['no', 'yes']);
  });
});

describe('print', () => {
  it('says what there is where a page is not', () => {
    const { status, stderr } = postern(['print', 'man', 'bash']);
    expect(status).toBe(2);
    expect(stderr).toContain('known are man postern, man knockd, man knock, man knockd.conf');
  });

  it('lays down a configuration without doors that check takes', () => {
    using folder = new Folder();
    const { status, stdout } = postern(['check', '-c', folder.write('x.conf', print('sample'))]);
    expect(stdout).toContain('0 doors, 0 errors, 0 warnings. Loadable.');
    expect(status).toBe(0);
  });
});

const CLEAN = { status: 0, stdout: '', stderr: '' } as const;

function print(...words: readonly string[]): string {
  const { status, stdout } = postern(['print', ...words]);
  expect(status).toBe(0);
  return stdout;
}

/** A page as it is read, without overstrikes. */
function asText(page: string): string {
  const options = { encoding: 'utf8', input: print('man', page) } as const;
  const { stdout } = spawnSync('mandoc', ['-Tutf8', '-Owidth=200'], options);
  return stdout.replaceAll(/.\u0008/gu, '');
}

function commandNames(): string[] {
  const { stdout } = postern(['--help']);
  return [...stdout.matchAll(/^ {2}postern (\S+)/gm)].map(([, name]) => name!);
}

/** What bash would offer behind these words, the last of which is not finished. */
function completed(program: string, words: readonly string[]): string[] {
  const script = `${print('completion', 'bash', program)}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _${program}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', program, ...words], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

function missing(program: string, args: readonly string[]): string | undefined {
  const { error } = spawnSync(program, args);
  if (error !== undefined) console.warn(`${program} is not installed`);
  return error?.message;
}
