import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { BoundedOutput } from '../../../src/firewall/command/bounded-output.ts';
import { runShell, type CommandEnd } from '../../../src/firewall/command/shell.ts';
import { native } from '../../../src/native.ts';
import { until } from '../../support/until.ts';

const BYTES = 10_000;

describe('R-58: what a command prints', () => {
  let stdout: PassThrough;
  let stderr: PassThrough;
  let cuts: number;
  let output: BoundedOutput;
  beforeEach(() => {
    [stdout, stderr] = [new PassThrough(), new PassThrough()];
    cuts = 0;
    const { pipe: makePipe } = native() as unknown as { pipe: () => [number, number] };
    output = new BoundedOutput({ bytes: BYTES, makePipe, stdout, stderr });
  });

  const run = (command: string, limitMs = 30_000): Promise<CommandEnd> =>
    runShell(command, { limitMs, output, onCut: () => void cuts++ }).ended;
  const printed = (stream: PassThrough): string => String((stream.read() as Buffer | null) ?? '');

  it('goes on to the daemon’s own streams, before its end is told', async () => {
    expect(await run('echo one; echo two >&2; echo three')).toEqual({ kind: 'exit', status: 0 });
    expect(printed(stdout)).toBe('one\nthree\n');
    expect(printed(stderr)).toBe('two\n');
    expect(cuts).toBe(0);
  });

  it('may go to /dev/stdout and /dev/stderr by their names', async () => {
    expect(await run('echo out > /dev/stdout && echo error > /dev/stderr')).toMatchObject({
      status: 0,
    });
    expect([printed(stdout), printed(stderr)]).toEqual(['out\n', 'error\n']);
  });

  it.each([
    ['up to the bound is all there', BYTES, 0],
    ['beyond it is cut, once', BYTES + 1, 1],
    ['of two megabytes is cut, and the command comes to its end', 2e6, 1],
  ])('%s', async (_, bytes, expected) => {
    expect(await run(`head -c ${bytes} /dev/zero`)).toMatchObject({ status: 0 });
    expect(printed(stdout)).toHaveLength(BYTES);
    expect(cuts).toBe(expected);
  });

  it('of two commands is bounded for each of them', async () => {
    const command = `head -c ${BYTES * 2} /dev/zero`;
    await Promise.all([run(command), run(command)]);
    expect(printed(stdout)).toHaveLength(BYTES * 2);
    expect(cuts).toBe(2);
  });

  it('without end costs no memory, and the command’s time is up all the same', async () => {
    const before = process.memoryUsage.rss();
    expect(await run('cat /dev/zero', 500)).toEqual({ kind: 'out of time' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(10e6);
    expect(printed(stdout)).toHaveLength(BYTES);
  });

  it('by what it leaves running comes later, and nobody waits for it', async () => {
    await run('(sleep 0.5; echo late) & echo now');
    expect(printed(stdout)).toBe('now\n');
    expect(output.letGo().map(({ to }) => to)).toEqual(['stdout', 'stderr']);
    await until(() => printed(stdout) === 'late\n');
    await until(() => output.letGo().length === 0);
  });

  it('goes to the daemon’s streams as they are where no pipe can be had', async () => {
    const makePipe = (): never => {
      throw new Error('EMFILE');
    };
    output = new BoundedOutput({ bytes: BYTES, makePipe, stdout, stderr });
    expect(await run('test -e /dev/fd/1')).toMatchObject({ status: 0 });
  });
});
