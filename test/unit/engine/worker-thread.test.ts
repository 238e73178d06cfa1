import { describe, expect, it } from 'vitest';
import { Board } from '../../../dist/engine/workers/board.js';
import { WorkerThread } from '../../../dist/engine/workers/worker-thread.js';

function started(doors: unknown): { thread: WorkerThread; lost: Promise<Error> } {
  let lose: (why: Error) => void;
  const lost = new Promise<Error>((resolve) => (lose = resolve));
  const task = {
    index: 1,
    sharing: { workers: 2, seed: 1 },
    ring: {},
    matcher: { maxAttempts: 1024 },
    doors: { doors, rules: {}, generation: 0, used: new Map() },
    board: Board.allocate(),
  };
  const ears = { heard: () => {}, lost: (why: Error): void => lose(why) };
  const thread = new WorkerThread(
    task as unknown as ConstructorParameters<typeof WorkerThread>[0],
    ears,
  );
  return { thread, lost };
}

describe('a worker', () => {
  it('that fails is told of by its number, with why', async () => {
    const { lost } = started([undefined]);
    expect(await lost).toMatchObject({
      code: 'WORKER_LOST',
      message: expect.stringMatching(/^worker 1 has ended: .*, so the daemon ends: start it anew$/),
      cause: { name: 'TypeError' },
    });
  });

  it('answers what it is asked, and ends when it is told to', async () => {
    const { thread } = started([]);
    expect(await thread.ask({ kind: 'tell' })).toEqual({});
    await thread.end();
    expect(await thread.ask({ kind: 'tell' })).toEqual({});
  });

  it('tells of what it can not do as who would have done it here', async () => {
    const { thread } = started([]);
    const question = { kind: 'look', interfaces: ['no such/name'], groups: {} } as const;
    await expect(thread.ask(question)).rejects.toMatchObject({
      code: 'CAPTURE_NO_INTERFACE',
      input: 'no such/name',
    });
    await thread.end();
  });
});
