import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkTrust } from '../../../src/config/file-trust.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import { adviseOnSources } from '../../../src/config/source-advice.ts';
import { Folder } from '../../support/cli.ts';

describe('what check says of sources', () => {
  const folder = new Folder();
  afterAll(() => folder[Symbol.dispose]());
  const log = folder.write('kern.log', '');
  mkdirSync(join(folder.path, 'folder'));

  it.each([
    ['nothing of a ring', '', []],
    ['nothing of a log that can be read', `source = log:${log}`, []],
    ['that a log is missing', `source = log:${log}.1`, ['is not there']],
    ['that a log is a folder', `source = log:${folder.path}/folder`, ['is no file']],
    ['that a packet may be heard twice', `source = ring\nsource = nflog:1`, ['two knocks']],
    ['that a limit has no use', 'nflog_limit = 5', ['there is none']],
  ])('%s', (_, directives, said) => {
    const { configuration } = parseConfiguration(`[options]\n${directives}\n`, 'f');
    const advice = adviseOnSources(configuration);
    expect(advice.map(({ code, severity }) => [code, severity])).toEqual(
      said.map(() => ['CONFIG_SOURCE', 'warning']),
    );
    for (const [at, words] of said.entries()) expect(advice[at]!.message).toContain(words);
  });

  it('that others can write a log whose lines are all believed', () => {
    const { configuration } = parseConfiguration(`[options]\nlog_trust = ${log}\n`, 'f');
    expect(checkTrust([], configuration)).toEqual([]);
    chmodSync(log, 0o666);
    expect(checkTrust([], configuration)).toMatchObject([
      { code: 'CONFIG_UNTRUSTED', severity: 'error' },
    ]);
  });

  it.each(['disk', 'log:kern.log', 'log:', 'nflog:', 'nflog:65536', 'nflog:x', 'nflog:-1'])(
    'that %s is none',
    (source) => {
      const { problems } = parseConfiguration(`[options]\nsource = ${source}\n`, 'f');
      expect(problems).toMatchObject([{ code: 'CONFIG_INVALID_VALUE' }]);
    },
  );
});
