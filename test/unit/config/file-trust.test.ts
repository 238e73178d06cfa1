import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { distrust } from '../../../src/config/file-trust.ts';

describe('R-60: a configuration file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-trust-'));
    path = join(folder, 'knockd.conf');
    writeFileSync(path, '');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([
    [0o600, undefined],
    [0o640, undefined],
    [0o644, undefined],
    [0o666, 'everybody'],
    [0o646, 'everybody'],
  ])('of mode %o is warned of if others can write it', (mode, why) => {
    chmodSync(path, mode);
    if (why === undefined) expect(distrust(path)).toBeUndefined();
    else expect(distrust(path)).toContain(why);
  });

  it.skipIf(process.getuid!() !== 0)(
    'of another owner or group is warned of, by a link too',
    () => {
      spawnSync('chown', ['65534', path]);
      const link = join(folder, 'link');
      symlinkSync(path, link);
      expect(distrust(link)).toContain('uid 65534');
      spawnSync('chown', ['0:65534', path]);
      expect(distrust(path)).toBeUndefined();
      chmodSync(path, 0o664);
      expect(distrust(path)).toContain('group 65534');
    },
  );
});
