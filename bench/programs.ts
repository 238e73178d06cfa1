import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project's folder; this file runs from build/bench. */
export const ROOT = resolve(import.meta.dirname, '../..');
const OUT = join(ROOT, 'build/rivals');

/** What reads captures, without the binding. */
const NATIVE_READER = [
  ...['ip', 'link', 'parse', 'transport'].map((name) => `native/wire/${name}.cc`),
  'native/batch/intake.cc',
  ...[
    'capture_file',
    'capture_reader',
    'pcap_reader',
    'pcapng_reader',
    'read_lease',
    'tick_clock',
  ].map((name) => `native/sys/${name}.cc`),
];

/** C and C++ programs of the bench, each built when it is first asked for. */
const PROGRAMS = {
  make_capture: ['bench/workload/make_capture.cc'],
  flood: ['bench/workload/flood.cc'],
  knock_latency: ['bench/workload/knock_latency.cc'],
  libpcap_empty: ['bench/rivals/libpcap_empty.c', '-lpcap'],
  read_capture: ['bench/subjects/read_capture.cc', '-O3', '-Inative', ...NATIVE_READER],
  mapped_pass: ['bench/rivals/mapped_pass.cc'],
  nfnetlink_bare: ['bench/rivals/nfnetlink_bare.c'],
  libnftables_text: ['bench/rivals/libnftables_text.c', '-lnftables'],
  bucket_table: ['bench/rivals/bucket_table.cc'],
  bare_taps: ['bench/rivals/bare_taps.c'],
  udp_echo: ['bench/workload/udp_echo.cc'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Program = keyof typeof PROGRAMS;

/** The path of a built program. Throws if it does not compile. */
export function program(name: Program): string {
  const words = PROGRAMS[name];
  const sources = words.filter((word) => /\.cc?$/.test(word));
  const read = [...sources, 'bench/workload/own_network.h'];
  const out = join(OUT, name);
  const isNewer = (source: string): boolean =>
    statSync(join(ROOT, source)).mtimeMs > statSync(out).mtimeMs;
  if (existsSync(out) && !read.some(isNewer)) return out;
  mkdirSync(OUT, { recursive: true });
  const [command, ...flags] = sources[0]!.endsWith('.c') ? ['cc'] : ['c++', '-std=gnu++20'];
  execFileSync(command!, ['-O2', ...flags, ...words, '-o', out], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return out;
}

/** Why a program can't be had here; undefined if it can. */
export function whyNot(name: Program): string | undefined {
  try {
    program(name);
    return undefined;
  } catch (error) {
    const [line] = String((error as { stderr?: Buffer }).stderr ?? error).split('\n');
    return `${name} does not build here: ${line}`;
  }
}
