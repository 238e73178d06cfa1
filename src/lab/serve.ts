import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page that is being served, to programs of this host alone. */
export interface ServedPage extends AsyncDisposable {
  /** Has a word in it that nobody can guess; without it there is no page. */
  readonly url: string;
}

/**
 * Serves a page on 127.0.0.1, and on ::1 where there is one, at a path that is drawn anew each time.
 * `port` 0: any that is free. Rejects with the system's own error where the port is taken.
 */
export async function servePage(page: string, port: number): Promise<ServedPage> {
  const path = `/${randomBytes(16).toString('base64url')}/`;
  const answer = (request: IncomingMessage, response: ServerResponse): void =>
    respond(request, response, path, page);
  const server = await listening(answer, '127.0.0.1', port);
  const { port: bound } = server.address() as AddressInfo;
  const twin = await listening(answer, '::1', bound).catch(() => undefined);
  return {
    url: `http://127.0.0.1:${bound}${path}`,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([server, twin].map((each) => each && ended(each)));
    },
  };
}

const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/** A name that leads here by somebody else's DNS is no name of ours. */
const OWN_NAMES: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

function respond(
  { method, url, headers, socket }: IncomingMessage,
  response: ServerResponse,
  path: string,
  page: string,
): void {
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(headers.host ?? '') ?? [];
  const isOurs = OWN_NAMES.has(name.toLowerCase()) && Number(port ?? 80) === socket.localPort;
  if (!isOurs) return refuse(response, 421, 'another host was asked for');
  if (url !== path) return refuse(response, 404, 'nothing here');
  if (method !== 'GET') return refuse(response, 405, 'GET alone');
  response.writeHead(200, HEADERS).end(page);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain' }).end(`${why}\n`);
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

function listening(answer: Answer, host: string, port: number): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer(answer);
    server.once('error', fail);
    server.listen(port, host, () => done(server));
  });
}

function ended(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
