// clang-format over native/ and bench/ C and C++ files: node native/format.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { format } from '@wasm-fmt/clang-format/node';

const root = resolve(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');
const style = JSON.stringify({ BasedOnStyle: 'Google', ColumnLimit: 100 });
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'native', 'bench'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => /\.(cc|h|c)$/.test(path));

const odd = files.filter((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  const formatted = format(text, path, style);
  if (formatted === text) return false;
  if (!isCheck) writeFileSync(join(root, path), formatted);
  return true;
});
for (const path of odd) console.log(`${isCheck ? 'not formatted' : 'formatted'}: ${path}`);
if (isCheck && odd.length > 0) process.exit(1);
