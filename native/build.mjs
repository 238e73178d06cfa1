// Builds the addon by whichever builder this machine has: node-gyp, cmake-js, plain c++.
//   node native/build.mjs [install | typescript | gyp | cmake | debug | sanitize | fuzz | cxx | dist]
// `dist` compiles the TypeScript only where `npm ci --ignore-scripts` has left it out.
// The result is always build/Release/postern.node (build/Sanitize/ for sanitize), and counts only when a child node loads it.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const require = createRequire(join(root, 'package.json'));
const OUTPUT = join(root, 'build/Release/postern.node');
const HINT = 'apt-get install g++ && npm rebuild';
function install() {
  if (process.env['POSTERN_SKIP_BUILD'] === '1' || process.platform !== 'linux') return;
  if (loads(prebuild()) || buildAny(['gyp', 'cmake', 'cxx'], 'quiet')) return;
  console.log(
    `postern: no C++ compiler, so no live capture yet; check, knock and a slow replay work. Run: ${HINT}`,
  );
}

function typescript() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  if (existsSync(compiler)) {
    if (
      spawnSync(process.execPath, [compiler, '-b', 'src'], { cwd: root, stdio: 'inherit' })
        .status !== 0
    )
      process.exit(1);
    page();
  } else if (!existsSync(join(root, 'dist')))
    fail('typescript is not installed and there is no dist/');
}

/** The lab's page, out of what was compiled. */
function page() {
  const made = spawnSync(process.execPath, ['src/lab/bundle.mjs'], { cwd: root, stdio: 'inherit' });
  if (made.status !== 0) process.exit(1);
}

function typescriptOnce() {
  if (!existsSync(join(root, 'dist/cli/main.js'))) typescript();
}

function buildAny(builders, talk = 'loud') {
  const problems = [];
  for (const name of builders) {
    try {
      BUILDERS[name](talk);
      return true;
    } catch (error) {
      problems.push(
        `${name}: ${error.stderr?.toString().trim().split('\n').at(-1) ?? error.message}`,
      );
      if (talk === 'loud') console.error(error.stderr?.toString() ?? error.message);
    }
  }
  if (process.env['POSTERN_BUILD_LOG']) console.error(problems.join('\n'));
  return false;
}

const BUILDERS = {
  gyp(talk) {
    const args = [binOf('node-gyp'), 'configure', 'build', '--silent', '--jobs=max'];
    const prefix = resolve(dirname(process.execPath), '..');
    if (existsSync(join(prefix, 'include/node/node_api.h'))) args.push(`--nodedir=${prefix}`);
    run(process.execPath, args, talk);
    verify(OUTPUT);
  },
  cmake(talk) {
    cmake('build/cmake', [], talk);
    place(join(root, 'build/cmake/Release/postern.node'), OUTPUT);
  },
  sanitize(talk) {
    cmake('build/cmake-sanitize', ['--CDPOSTERN_SANITIZE=ON'], talk);
    mkdirSync(join(root, 'build/Sanitize'), { recursive: true });
    copyFileSync(
      join(root, 'build/cmake-sanitize/Release/postern.node'),
      join(root, 'build/Sanitize/postern.node'),
    );
  },
  debug(talk) {
    cmake('build/cmake-debug', ['--debug'], talk);
    place(join(root, 'build/cmake-debug/Debug/postern.node'), OUTPUT);
  },
  /** build/cmake-fuzz/TARGET_fuzz, which native/fuzz/run.sh runs. */
  fuzz(talk) {
    cmake('build/cmake-fuzz', [`--CDCMAKE_CXX_COMPILER=${clang()}`, '--CDPOSTERN_FUZZ=ON'], talk);
  },
  cxx(talk) {
    const out = join(root, 'build/cxx/postern.node');
    mkdirSync(dirname(out), { recursive: true });
    const sources = readFileSync(join(root, 'native/sources.txt'), 'utf8')
      .split('\n')
      .filter(Boolean);
    const headers = [dirname(require.resolve('node-api-headers/package.json')) + '/include'];
    headers.push(dirname(require.resolve('node-addon-api/package.json')));
    run(
      process.env['CXX'] ?? 'c++',
      [
        ...'-std=gnu++20 -O3 -fPIC -shared -fvisibility=hidden -fno-exceptions -fno-rtti'.split(
          ' ',
        ),
        ...'-DNAPI_VERSION=8 -DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'.split(' '),
        '-DNODE_GYP_MODULE_NAME=postern',
        ...headers.flatMap((path) => ['-isystem', path]),
        ...['-I', 'native', ...sources, '-o', out],
      ],
      talk,
    );
    place(out, OUTPUT);
  },
};

function cmake(folder, more, talk) {
  const args = [binOf('cmake-js'), 'rebuild', '-d', 'native', '-O', folder];
  const env = { ...process.env };
  delete env['npm_config_nodedir'];
  run(process.execPath, [...args, ...more], talk, env);
}

/** The one compiler that has libFuzzer. */
function clang() {
  const names = [process.env['FUZZ_CXX'], 'clang++', 'clang++-14'].filter(Boolean);
  return names.find((name) => spawnSync(name, ['--version']).status === 0) ?? fail('no clang++');
}

function place(built, target) {
  verify(built);
  mkdirSync(dirname(target), { recursive: true });
  const fresh = `${target}.new`;
  copyFileSync(built, fresh);
  renameSync(fresh, target);
}

function verify(path) {
  if (!loads(path)) throw new Error(`${path} does not load`);
}

function loads(path) {
  return (
    existsSync(path) &&
    spawnSync(process.execPath, ['-e', 'require(process.argv[1])', path], { stdio: 'ignore' })
      .status === 0
  );
}

function prebuild() {
  const musl = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : '';
  return join(root, `prebuilds/${process.platform}${musl}-${process.arch}/postern.node`);
}

/** The script of a package's own command; `bin` is a string in some packages and an object in others. */
function binOf(name) {
  const at = require.resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(at, 'utf8'));
  return join(dirname(at), typeof bin === 'string' ? bin : bin[name]);
}

function run(command, args, talk = 'loud', env = process.env) {
  execFileSync(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', talk === 'quiet' ? 'ignore' : 'inherit', 'pipe'],
  });
}

function fail(reason) {
  console.error(`postern: ${reason}. Needed: g++ (or clang++). Run: ${HINT}`);
  process.exit(1);
}

const mode = process.argv[2] ?? 'any';
if (mode === 'install') install();
else if (mode === 'typescript') typescript();
else if (mode === 'dist') typescriptOnce();
else if (!buildAny(mode === 'any' ? ['gyp', 'cmake', 'cxx'] : [mode]))
  fail(`the ${mode} build failed`);
