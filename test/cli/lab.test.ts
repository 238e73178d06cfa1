import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postern } from '../support/cli.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli/main.js');

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

interface Question {
  readonly path?: string;
  readonly method?: string;
  readonly host?: string;
  readonly address?: string;
}

describe('postern lab', () => {
  let lab: ChildProcess;
  let url: URL;

  beforeAll(async () => {
    lab = spawn(process.execPath, [CLI, 'lab'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(createInterface(lab.stdout!), 'line')) as [string];
    url = new URL(line);
  });

  afterAll(() => void lab.kill('SIGKILL'));

  function ask({
    path = url.pathname,
    method = 'GET',
    host = url.host,
    address = '127.0.0.1',
  }: Question = {}): Promise<Answer> {
    return new Promise((done, fail) => {
      const question = { host: address, port: url.port, path, method, headers: { host } };
      request(question, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.on('end', () =>
          done({ status: response.statusCode, headers: response.headers, body }),
        );
      })
        .on('error', fail)
        .end();
    });
  }

  it('serves its page at an address that nobody can guess, and keeps it out of frames and caches', async () => {
    expect(url.pathname).toMatch(/^\/[\w-]{22}\/$/);
    const { status, headers, body } = await ask();
    expect(status).toBe(200);
    expect(body).toContain('<title>Postern: the knock lab</title>');
    expect(body).toContain("default-src 'none'");
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
  });

  it.each([
    ['another path', { path: '/' }, 404],
    ['a path below it', { path: '/x/page.html' }, 404],
    ['another method', { method: 'POST' }, 405],
    ['HEAD', { method: 'HEAD' }, 405],
    ['a name that somebody else leads here', { host: 'evil.example' }, 421],
    ['such a name with our port', { host: 'evil.example:1' }, 421],
    ['our name with another port', { host: '127.0.0.1:1' }, 421],
  ])('refuses %s', async (_, question, expected) => {
    const { status, body } = await ask(question);
    expect(status).toBe(expected);
    expect(body).not.toContain('<');
  });

  it('answers to each of this host’s own names for itself', async () => {
    expect((await ask({ host: `localhost:${url.port}` })).status).toBe(200);
    expect((await ask({ host: `[::1]:${url.port}` })).status).toBe(200);
  });

  it('listens on loopback alone', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ internal, scopeid }) => !internal && !scopeid);
    for (const { address } of others) {
      const socket = connect({ host: address, port: Number(url.port) });
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNREFUSED');
    }
    const alsoIpv6 = await ask({ address: '::1', host: `[::1]:${url.port}` }).catch(
      ({ code }: NodeJS.ErrnoException) => code,
    );
    expect(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 200]).toContain(
      typeof alsoIpv6 === 'object' ? alsoIpv6.status : alsoIpv6,
    );
  });

  it('says that a port is taken', () => {
    const { status, stderr } = postern(['lab', '--port', url.port]);
    expect(status).toBe(1);
    expect(stderr).toContain('EADDRINUSE');
  });

  it('ends at Ctrl-C', async () => {
    lab.kill('SIGINT');
    const [code] = (await once(lab, 'exit')) as [number];
    expect(code).toBe(0);
  });

  it.each([
    [['--port', '70000'], '--port 70000: no port'],
    [['--with-secrets'], 'of which door file?'],
  ])('takes no %j', (flags, words) => {
    const { status, stderr } = postern(['lab', ...flags]);
    expect(status).toBe(2);
    expect(stderr).toContain(words);
  });

  it('says that a door file is not there', () => {
    const { status, stderr } = postern(['lab', '--config', '/nowhere/knockd.conf']);
    expect(status).not.toBe(0);
    expect(stderr).toContain('/nowhere/knockd.conf');
  });
});
