import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { print } from './terminal.ts';

/** Addresses of RFC 5737; they exist in the private namespace alone. */
const SERVER = '198.51.100.1';
const CLIENT = '198.51.100.7';
const PORT = '2222';
const KNOCKS = ['41187', '5023:udp', '60311'];

/** What stands in the way of a private namespace here; undefined: nothing. */
export function whyNoLiveDemo(): string | undefined {
  for (const tool of ['unshare', 'nsenter', 'ip']) {
    if (spawnSync(tool, ['--version']).error && spawnSync(tool, ['-V']).error) {
      return `${tool} is not installed (apt-get install util-linux iproute2)`;
    }
  }
  const trial = spawnSync('unshare', [...privately(), 'ip', 'link', 'add', 'type', 'veth'], {
    encoding: 'utf8',
  });
  return trial.status === 0
    ? undefined
    : `this kernel allows no private network namespace here (${trial.stderr.trim().split('\n').at(-1) ?? 'unshare failed'})`;
}

/**
 * Shows the port closed, knocks, shows it open, and lets the kernel close it again; whether all of that
 * was seen. Everything lives in two namespaces that end with the processes in them.
 */
export async function liveDemo(doors: string): Promise<boolean> {
  await using stage = await Stage.open(doors);
  const before = await stage.show('closed, nobody has knocked');
  print(`\n$ knock ${SERVER} ${KNOCKS.join(' ')}`);
  await stage.knock();
  const after = await stage.show('open for this address');
  print('\n(3 s later; the kernel itself ends the grant)');
  await sleep(3300);
  const later = await stage.show('closed again');
  return !before && after && !later;
}

/** The two namespaces: the server's, in which the daemon runs, and inside it the client's. */
class Stage implements AsyncDisposable {
  readonly #children: ChildProcess[] = [];
  /** What a daemon keeps on disk, and its doors: ours alone, and gone with the stage. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'postern-demo-'));
  #server = 0;
  #client = 0;

  static async open(doors: string): Promise<Stage> {
    const stage = new Stage();
    try {
      stage.#server = await stage.#start('unshare', [...privately(), 'sleep', '60']);
      stage.#client = await stage.#start(
        'nsenter',
        stage.#inside(stage.#server, 'unshare', '-n', 'sleep', '60'),
      );
      stage.#connect();
      await stage.#listen();
      await stage.#daemon(doors);
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Tries the port from the client's side, and says what came of it. */
  async show(expectation: string): Promise<boolean> {
    const code = `require('net').connect({host:'${SERVER}',port:${PORT}}).on('connect',()=>process.exit(0)).on('error',()=>process.exit(1)).setTimeout(700,()=>process.exit(1))`;
    const isOpen =
      spawnSync('nsenter', this.#inside(this.#client, process.execPath, '-e', code)).status === 0;
    print(`port ${PORT}: ${isOpen ? 'open' : 'closed'}   (expected: ${expectation})`);
    return isOpen;
  }

  async knock(): Promise<void> {
    const client = fileURLToPath(new URL('./knock.js', import.meta.url));
    this.#run(this.#client, process.execPath, client, '-d', '50', SERVER, ...KNOCKS);
    await sleep(100);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), sleep(2000).then(() => child.kill('SIGKILL'))]);
    }
    rmSync(this.#folder, { recursive: true });
  }

  /** A veth pair with one end in each namespace. */
  #connect(): void {
    const server = (...words: string[]): void => this.#run(this.#server, 'ip', ...words);
    const client = (...words: string[]): void => this.#run(this.#client, 'ip', ...words);
    server(
      'link',
      'add',
      'gate',
      'type',
      'veth',
      'peer',
      'name',
      'world',
      'netns',
      String(this.#client),
    );
    server('addr', 'add', `${SERVER}/24`, 'dev', 'gate');
    server('link', 'set', 'gate', 'up');
    client('addr', 'add', `${CLIENT}/24`, 'dev', 'world');
    client('link', 'set', 'world', 'up');
  }

  async #listen(): Promise<void> {
    const code = `require('net').createServer(s=>s.end()).listen(${PORT},()=>console.log('ready'))`;
    await this.#untilLine('ready', this.#inside(this.#server, process.execPath, '-e', code));
  }

  async #daemon(doors: string): Promise<void> {
    const main = fileURLToPath(new URL('./main.js', import.meta.url));
    const file = join(this.#folder, 'demo.conf');
    writeFileSync(file, readFileSync(doors), { mode: 0o600 });
    print('$ postern run -i gate');
    const run = [process.execPath, main, 'run', '-i', 'gate', '-c', file] as const;
    const folders = { STATE_DIRECTORY: this.#folder, RUNTIME_DIRECTORY: this.#folder };
    const env = { ...process.env, ...folders };
    const args = this.#inside(this.#server, ...run);
    await this.#untilLine('listening', args, (line) => print(`  ${line}`), env);
  }

  /** Starts a process, and waits until it has moved into its own namespace. */
  async #start(command: string, args: string[]): Promise<number> {
    const child = spawn(command, args, { stdio: 'ignore' });
    this.#children.push(child);
    for (let tries = 0; tries < 100; tries++) {
      await sleep(20);
      const name = spawnSync('cat', [`/proc/${child.pid}/comm`], {
        encoding: 'utf8',
      }).stdout.trim();
      if (name === 'sleep') return child.pid!;
    }
    throw new Error(`${command} ${args.join(' ')} did not start`);
  }

  async #untilLine(
    word: string,
    args: string[],
    tell: (line: string) => void = () => {},
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<void> {
    const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'], env });
    this.#children.push(child);
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((ready, fail) => {
      child.once('exit', (code) => fail(new Error(`it ended with ${code}`)));
      lines.on('line', (line) => {
        tell(line);
        if (line.includes(word)) ready();
      });
    });
  }

  #run(inside: number, command: string, ...args: string[]): void {
    const { status, stderr } = spawnSync('nsenter', this.#inside(inside, command, ...args), {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim()}`);
  }

  #inside(pid: number, command: string, ...args: string[]): string[] {
    const user = process.getuid!() === 0 ? [] : ['-U', '--preserve-credentials'];
    return [...user, '-n', '-t', String(pid), '--', command, ...args];
  }
}

/** Flags of unshare: as root a network namespace alone, else a user namespace to own it. */
function privately(): string[] {
  return process.getuid!() === 0 ? ['-n'] : ['-U', '-r', '-n'];
}
