// Runs tests through the sanitizer build of the addon: node native/sanitized.mjs [vitest arguments]
import { execFileSync, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const compiler = process.env['CXX'] ?? 'c++';
const runtime = (name) =>
  execFileSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();

// Node itself is not built with sanitizers, so their runtime must be in the process before the addon is; and what node
// leaves allocated at its end is no leak of ours.
const env = {
  ...process.env,
  POSTERN_ADDON: join(root, 'build/Sanitize/postern.node'),
  POSTERN_RESULTS: 'build/sanitize-results.json',
  LD_PRELOAD: `${runtime('libasan.so')} ${runtime('libubsan.so')}`,
  ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:handle_segv=0',
  UBSAN_OPTIONS: 'halt_on_error=1:abort_on_error=1:print_stacktrace=1',
};
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  env,
  stdio: 'inherit',
});
process.exit(status ?? 1);
