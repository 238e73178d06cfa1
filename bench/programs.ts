import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project's folder; this file runs from build/bench. */
export const ROOT = resolve(import.meta.dirname, '../..');
const OUT = join(ROOT, 'build/rivals');

/** C and C++ programs of the bench, each built when it is first asked for. */
const PROGRAMS = {
  make_capture: ['bench/workload/make_capture.cc'],
  flood: ['bench/workload/flood.cc'],
  knock_latency: ['bench/workload/knock_latency.cc'],
  libpcap_empty: ['bench/rivals/libpcap_empty.c', '-lpcap'],
  nfnetlink_bare: ['bench/rivals/nfnetlink_bare.c'],
} as const;

export type Program = keyof typeof PROGRAMS;

/** The path of a built program. Throws if it does not compile. */
export function program(name: Program): string {
  const [source, ...libraries] = PROGRAMS[name];
  const out = join(OUT, name);
  if (existsSync(out) && statSync(out).mtimeMs > statSync(join(ROOT, source)).mtimeMs) return out;
  mkdirSync(OUT, { recursive: true });
  const compiler = source.endsWith('.c') ? ['cc'] : ['c++', '-std=gnu++20'];
  const [command, ...flags] = compiler;
  execFileSync(command!, [...flags, '-O2', join(ROOT, source), ...libraries, '-o', out], {
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
