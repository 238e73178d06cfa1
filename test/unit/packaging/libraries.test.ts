import { describe, expect, it } from 'vitest';
import { libraryDepends } from '../../../src/packaging/deb/libraries.ts';

describe('what the package depends on', () => {
  const depends = (...versions: readonly string[]): string[] =>
    libraryDepends(Buffer.from(versions.join('\0')));

  it('is the newest version that the addon asks for, by number', () => {
    expect(
      depends('GLIBC_2.4', 'GLIBC_2.17', 'GLIBC_2.9', 'GLIBCXX_3.4.21', 'GLIBCXX_3.4.9'),
    ).toEqual(['libc6 (>= 2.17)', 'libgcc-s1 (>= 3.0)', 'libstdc++6 (>= 5)']);
  });

  it('rounds up to a compiler that has it', () => {
    expect(depends('GLIBC_2.34', 'GLIBCXX_3.4.27')).toContain('libstdc++6 (>= 9.3)');
  });

  it('is not guessed where no compiler is known to have it', () => {
    expect(() => depends('GLIBC_2.34', 'GLIBCXX_3.4.99')).toThrow('GLIBCXX_3.4.99');
  });
});
