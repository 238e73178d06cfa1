import { describe, expect, it } from 'vitest';
import type { Options } from '../../../src/config/configuration.ts';
import { workerCount } from '../../../src/config/worker-count.ts';

type Asked = Pick<Options, 'workers' | 'sources' | 'compat'>;

const RING: Asked = { workers: 1, sources: [{ kind: 'ring' }], compat: undefined };
const LOG = { kind: 'log', path: '/var/log/kern.log' } as const;

describe('how many workers there are', () => {
  it.each<[string, Partial<Asked>, number, number]>([
    ['one, unless more are asked for', {}, 8, 1],
    ['as many as are asked for', { workers: 3 }, 8, 3],
    ['by itself one for each core', { workers: 'auto' }, 8, 8],
    ['by itself no more than sixteen', { workers: 'auto' }, 96, 16],
    ['by itself one on one core', { workers: 'auto' }, 1, 1],
    ['by itself one where packets are not shared out', { workers: 'auto', sources: [LOG] }, 8, 1],
  ])('%s', (_, asked, cores, workers) => {
    expect(workerCount({ ...RING, ...asked }, cores)).toEqual({ workers });
  });

  it.each<[string, Partial<Asked>, number, number]>([
    ['more than cores', { workers: 3 }, 2, 3],
    ['under compat', { workers: 2, compat: 'knockd' }, 2, 1],
    ['with a log in place of the ring', { workers: 2, sources: [LOG] }, 2, 1],
    ['with a log beside it', { workers: 2, sources: [{ kind: 'ring' }, LOG] }, 2, 1],
  ])('with a remark: %s', (_, asked, cores, workers) => {
    const found = workerCount({ ...RING, ...asked }, cores);
    expect(found.workers).toBe(workers);
    expect(found.remark).toBeDefined();
  });
});
