import { spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from './netns.ts';
import { until } from './until.ts';

/** Why ulogd can't write logs here; undefined if it can. */
export const noUlogd: string | undefined =
  spawnSync('ulogd', ['-V']).error === undefined && pluginFolder() !== undefined
    ? undefined
    : 'ulogd2 and ulogd2-json are not installed';

/** Groups that rules log to, for each of its two forms. */
export const ULOGD_GROUPS = { logemu: 1, json: 2 } as const;

/** ulogd in a namespace: what rules log to its groups goes to files in the forms of LOGEMU and JSON. */
export class Ulogd implements AsyncDisposable {
  readonly logemu: string;
  readonly json: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'postern-ulogd-'));
  readonly #process: ChildProcess;

  private constructor(namespace: Namespace) {
    this.logemu = join(this.#folder, 'syslogemu.log');
    this.json = join(this.#folder, 'packets.json');
    const file = join(this.#folder, 'ulogd.conf');
    writeFileSync(file, this.#configuration());
    this.#process = namespace.spawn(['ulogd', '-c', file], { stderr: 'pipe' });
  }

  static async start(namespace: Namespace): Promise<Ulogd> {
    const ulogd = new Ulogd(namespace);
    const said = join(ulogd.#folder, 'ulogd.log');
    await until(() => readFileSync(said, 'utf8').includes('entering main loop'), 20_000);
    return ulogd;
  }

  /** Waits until each file has so many lines. */
  async hasWritten(lines: number): Promise<void> {
    const count = (path: string): number => readFileSync(path, 'utf8').split('\n').length - 1;
    await until(() => [this.logemu, this.json].every((path) => count(path) >= lines), 20_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #configuration(): string {
    const plugins = [
      'inppkt_NFLOG',
      'filter_IFINDEX',
      'filter_IP2STR',
      'filter_PRINTPKT',
      'output_LOGEMU',
      'output_JSON',
      'raw2packet_BASE',
    ].map((name) => `plugin="${join(pluginFolder()!, `ulogd_${name}.so`)}"`);
    return `[global]
logfile="${join(this.#folder, 'ulogd.log')}"
loglevel=3
${plugins.join('\n')}
stack=log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,print1:PRINTPKT,emu1:LOGEMU
stack=log2:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,json1:JSON
[log1]
group=${ULOGD_GROUPS.logemu}
[log2]
group=${ULOGD_GROUPS.json}
[emu1]
sync=1
file="${this.logemu}"
[json1]
sync=1
file="${this.json}"
`;
  }
}

function pluginFolder(): string | undefined {
  if (!existsSync('/usr/lib')) return undefined;
  const folders = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/ulogd`);
  return folders.find((folder) => existsSync(join(folder, 'ulogd_output_JSON.so')));
}
