import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { transformSync } from 'esbuild';
import type { Namespace } from './netns.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Calls functions of a fixture that runs in a process of its own, as `await agent.call('name', ...)`. */
export interface Agent {
  readonly process: ChildProcess;
  call<T>(name: string, ...args: readonly unknown[]): Promise<T>;
}

/** Runs test/support/agent.ts in a namespace; `by` is a command that runs another (setpriv ...). */
export function startAgent(namespace: Namespace, by: readonly string[] = []): Promise<Agent> {
  return startFixture(namespace, join(import.meta.dirname, 'agent.ts'), by);
}

/**
 * Runs a fixture in a namespace: a TypeScript file that exports functions as `calls`, and imports
 * nothing but node's modules and src/ (which it gets compiled).
 */
export async function startFixture(
  namespace: Namespace,
  path: string,
  by: readonly string[] = [],
): Promise<Agent> {
  const compiled = compileFixture(path);
  const command = [...by, process.execPath, compiled];
  const child = namespace.spawn(command, { ipc: true });
  child.stdout!.on('data', (text: Buffer) => process.stderr.write(text));
  const waiting = new Map<number, (reply: Reply) => void>();
  child.on('message', (reply: Reply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  child.on('exit', (code, signal) => {
    const error = new Error(`the agent ended (${signal ?? code})`);
    for (const answer of waiting.values()) answer({ id: 0, error });
    waiting.clear();
  });
  let nextId = 1;
  const call = async <T>(name: string, ...args: readonly unknown[]): Promise<T> => {
    const id = nextId++;
    const reply = await new Promise<Reply>((answer) => {
      waiting.set(id, answer);
      child.send({ id, name, args } as object);
    });
    if (reply.error !== undefined) throw Object.assign(reply.error, reply.properties);
    return reply.value as T;
  };
  await call('ready');
  rmSync(compiled);
  return { process: child, call };
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: Error;
  /** What an error carries besides its message. */
  readonly properties?: object;
}

let compiledCount = 0;

function compileFixture(path: string): string {
  const source = `${readFileSync(path, 'utf8')}\n${SERVE}`;
  const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'es2023' });
  const compiled = code.replaceAll(
    /(['"])(?:\.\.\/)+src\/([^'"]+)\.ts\1/g,
    (_, quote: string, name: string) => `${quote}${join(ROOT, 'dist', name)}.js${quote}`,
  );
  const name = `postern-${basename(path, '.ts')}-${process.pid}-${compiledCount++}.mjs`;
  const target = join(tmpdir(), name);
  writeFileSync(target, compiled);
  return target;
}

/** Appended to a fixture: answers calls one after another, as they come. */
const SERVE = `
process.on('message', async ({ id, name, args }) => {
  try {
    const value = name === 'ready' ? true : await calls[name](...args);
    process.send({ id, value });
  } catch (error) {
    process.send({ id, error, properties: { ...error } });
  }
});
process.on('disconnect', () => process.exit());
`;
