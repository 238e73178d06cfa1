/** Compilers by the newest symbol version that their C++ library has (GCC's "ABI Policy and Guidelines"). */
const GCC_OF_GLIBCXX: readonly (readonly [number, string])[] = [
  [21, '5'],
  [22, '6'],
  [23, '7'],
  [24, '7.2'],
  [25, '8'],
  [26, '9'],
  [28, '9.3'],
  [29, '11'],
  [30, '12'],
  [32, '13.2'],
  [33, '14'],
];

/** What an addon asks of the system's libraries, by the symbol versions that it names. */
export function libraryDepends(addon: Uint8Array): string[] {
  const text = Buffer.from(addon).toString('latin1');
  const newest = (pattern: RegExp): number =>
    Math.max(0, ...[...text.matchAll(pattern)].map(([, minor]) => Number(minor)));
  const glibc = newest(/GLIBC_2\.(\d+)/g);
  const glibcxx = newest(/GLIBCXX_3\.4\.(\d+)/g);
  const gcc = GCC_OF_GLIBCXX.find(([version]) => version >= glibcxx)?.[1];
  if (gcc === undefined) throw new Error(`GLIBCXX_3.4.${glibcxx}: of which GCC is that?`);
  return [`libc6 (>= 2.${glibc})`, `libgcc-s1 (>= 3.0)`, `libstdc++6 (>= ${gcc})`];
}
