import { execFileSync, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Namespace } from './netns.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Debian 13, where .ci/trixie-root has made it; and this host, if it is a Debian with a node new enough. */
export const DEBIANS: readonly (readonly [name: string, folder: string])[] = [
  ['trixie', join(PROJECT, 'build/trixie')] as const,
  ['this host', '/'] as const,
].filter(([, folder]) => hasNode(folder));

/** Why no package can be tried out here; undefined if it can. */
export const noDebian: string | undefined = reasonAgainst();

/** Mounts a layer over a Debian that takes all changes, and holds it until its input ends. */
const HOLD = `
set -e
mount -t tmpfs tmpfs "$2"
mkdir "$2/up" "$2/work" "$2/root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/up,workdir=$2/work" "$2/root"
mount -t proc proc "$2/root/proc"
mount --rbind /dev "$2/root/dev"
mount -t tmpfs tmpfs "$2/root/run"
echo ready
exec cat >/dev/null
`;

/** A Debian of its own in a network namespace; what is done to it is gone with it. */
export class DebianRoot implements AsyncDisposable {
  readonly #namespace: Namespace;
  readonly #holder: ChildProcess;
  readonly #folder: string;

  private constructor(namespace: Namespace, holder: ChildProcess, folder: string) {
    this.#namespace = namespace;
    this.#holder = holder;
    this.#folder = folder;
  }

  static async over(lower: string, namespace: Namespace): Promise<DebianRoot> {
    const folder = mkdtempSync(join(tmpdir(), 'postern-root-'));
    const holder = namespace.spawn(['unshare', '-m', 'sh', '-c', HOLD, 'sh', lower, folder]);
    await once(holder.stdout!, 'data');
    return new DebianRoot(namespace, holder, folder);
  }

  /** The command that runs another one inside. */
  enter(command: readonly string[]): string[] {
    const own = ['-t', String(this.#holder.pid), '-m', '--', 'chroot', join(this.#folder, 'root')];
    return [
      'nsenter',
      ...own,
      'env',
      '-i',
      `PATH=${PATH}`,
      'DEBIAN_FRONTEND=noninteractive',
      ...command,
    ];
  }

  /** Runs a command to its end; its output. */
  run(command: readonly string[], input = ''): string {
    return this.#namespace.run(this.enter(command), input);
  }

  spawn(command: readonly string[]): ChildProcess {
    return this.#namespace.spawn(this.enter(command));
  }

  write(path: string, text: string): void {
    this.run(['sh', '-c', 'cat > "$1"', 'sh', path], text);
  }

  /** Lays a package into the root, as /package.deb. */
  lay(deb: string): void {
    this.run(['sh', '-c', 'base64 -d > /package.deb'], execFileSync('base64', [deb], BIG));
  }

  /** Lays a package into the root and installs it; what dpkg says. */
  install(deb: string): string {
    this.lay(deb);
    return this.run(['sh', '-c', 'dpkg -i /package.deb 2>&1 && rm /package.deb']);
  }

  /** What has been written and is still there, in the order of paths. */
  changed(): string[] {
    const up = join(this.#folder, 'up');
    const find = ['find', up, '-type', 'f', '-printf', '/%P\\n'];
    const inside = ['nsenter', '-t', String(this.#holder.pid), '-m', '--', ...find];
    return this.#namespace.run(inside).split('\n').filter(Boolean).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#holder, 'exit');
    this.#holder.stdin!.end();
    await gone;
    rmSync(this.#folder, { recursive: true });
  }
}

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const BIG = { encoding: 'utf8', maxBuffer: 1 << 28 } as const;

/** Makes the package; its path. */
export function makePackage(): string {
  return execFileSync(process.execPath, [join(PROJECT, 'dist/cli/make-deb.js')], BIG).trim();
}

/** The same package under another version. */
export function withVersion(deb: string, version: string, folder: string): string {
  const tree = join(folder, 'tree');
  execFileSync('dpkg-deb', ['-R', deb, tree]);
  const control = execFileSync('sed', [
    `s/^Version: .*/Version: ${version}/`,
    `${tree}/DEBIAN/control`,
  ]);
  writeFileSync(`${tree}/DEBIAN/control`, control);
  const target = join(folder, `postern_${version}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, target]);
  return target;
}

/** dpkg knows of a node that the package takes. */
function hasNode(folder: string): boolean {
  if (!existsSync(join(folder, 'var/lib/dpkg/status'))) return false;
  const query = ['--admindir', join(folder, 'var/lib/dpkg'), '-W', '-f', '${Version}', 'nodejs'];
  const { status, stdout } = spawnSync('dpkg-query', query, { encoding: 'utf8' });
  return (
    status === 0 && spawnSync('dpkg', ['--compare-versions', stdout, 'ge', '20.19']).status === 0
  );
}

function reasonAgainst(): string | undefined {
  if (process.getuid?.() !== 0) return 'a root of its own is made by root alone';
  if (spawnSync('dpkg-deb', ['--version']).status !== 0) return 'dpkg-deb is not installed';
  if (DEBIANS.length === 0)
    return 'no Debian here has nodejs >= 20.19: bash .ci/trixie-root makes one';
  return undefined;
}
