import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FACILITY, Syslog } from '../../../src/report/syslog.ts';
import { passed } from '../../support/wait.ts';

/** Binds a datagram socket and prints each message as a Python literal; node has no such socket. */
const RECEIVER = `
import os, socket, sys
path = sys.argv[1].replace('@', chr(0), 1) if sys.argv[1][0] == '@' else sys.argv[1]
if path[0] != chr(0) and os.path.exists(path): os.unlink(path)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
print('ready', flush=True)
while True: print(ascii(s.recv(65536).decode()), flush=True)
`;

describe('syslog', () => {
  let folder: string;
  let receivers: ChildProcess[];
  let syslog: Syslog | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-syslog-'));
    receivers = [];
  });
  afterEach(() => {
    syslog?.close();
    for (const each of receivers) each.kill();
    rmSync(folder, { recursive: true });
  });

  const receive = async (path: string): Promise<string[]> => {
    const child = spawn('python3', ['-c', RECEIVER, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    receivers.push(child);
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout });
    await once(reader, 'line');
    reader.on('line', (line) => lines.push(line));
    return lines;
  };
  const until = async (lines: string[], count: number): Promise<string[]> => {
    for (let tries = 0; lines.length < count && tries < 300; tries++) await passed(10);
    return lines;
  };
  /** `Nov  1 22:40:39` */
  const STAMP = String.raw`[A-Z][a-z]{2} [ 1-3]\d \d{2}:\d{2}:\d{2}`;

  it('gets messages in the form of syslog(3), newlines and all', async () => {
    const lines = await receive(join(folder, 'log'));
    syslog = new Syslog('knockd', join(folder, 'log'));
    syslog.write('10.0.0.1: ssh: Stage 1');
    syslog.write('ssh: running command: true\n');
    syslog.write('error: section d: unknown protocol in knock sequence\n', FACILITY.user);
    const [first, second, third] = await until(lines, 3);
    expect(first).toMatch(new RegExp(`^'<29>${STAMP} knockd: 10\\.0\\.0\\.1: ssh: Stage 1'$`));
    expect(second).toMatch(new RegExp(`^'<29>${STAMP} knockd: ssh: running command: true\\\\n'$`));
    expect(third).toMatch(new RegExp(`^'<13>${STAMP} knockd: error: section d: .*\\\\n'$`));
  });

  it('may be an abstract name', async () => {
    const name = `postern-test-${process.pid}`;
    const lines = await receive(`@${name}`);
    syslog = new Syslog('knockd', `\0${name}`);
    syslog.write('hello');
    expect((await until(lines, 1))[0]).toContain('knockd: hello');
  });

  it('is found again when it was started anew', async () => {
    const path = join(folder, 'log');
    await receive(path);
    syslog = new Syslog('knockd', path);
    syslog.write('one');
    const [first] = receivers;
    first!.kill();
    await once(first!, 'exit');
    syslog.write('lost');
    const lines = await receive(path);
    syslog.write('two');
    expect((await until(lines, 1))[0]).toContain('knockd: two');
  });

  it('that is not there is nobody’s trouble', () => {
    syslog = new Syslog('knockd', join(folder, 'nothing'));
    expect(() => syslog!.write('x')).not.toThrow();
  });

  it('that is slow holds up nothing, and gets everything in the end', async () => {
    const path = join(folder, 'log');
    const lines = await receive(path);
    syslog = new Syslog('knockd', path);
    receivers[0]!.kill('SIGSTOP');
    const beganMs = performance.now();
    for (let nth = 0; nth < 500; nth++) syslog.write(`message ${nth}`);
    expect(performance.now() - beganMs).toBeLessThan(2000);
    receivers[0]!.kill('SIGCONT');
    await until(lines, 500);
    expect(lines.map((line) => Number(/message (\d+)/.exec(line)![1]))).toEqual(
      Array.from({ length: 500 }, (_, nth) => nth),
    );
  });
});
