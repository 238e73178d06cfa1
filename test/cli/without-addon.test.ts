import { afterAll, describe, expect, it } from 'vitest';
import { jsonLines, knockClient, postern } from '../support/cli.ts';
import { OfficeFolder } from '../support/office-folder.ts';

const WITHOUT = { env: { POSTERN_ADDON: '/nonexistent/postern.node' } };

describe('without the addon', () => {
  const folder = new OfficeFolder();
  const { doors, capture } = folder;
  afterAll(() => folder[Symbol.dispose]());

  it('check and knock work as ever', () => {
    const args = ['check', '-c', doors];
    expect(postern(args, WITHOUT)).toEqual(postern(args));
    expect(knockClient(['127.0.0.1', '7'], WITHOUT)).toMatchObject({ status: 0, stderr: '' });
  });

  it('a replay decides the same, in TypeScript, and says so in one line', () => {
    const args = ['replay', capture, '-c', doors, '--json'];
    const [slow, fast] = [postern(args, WITHOUT), postern(args)];
    expect(slow.status).toBe(0);
    expect(timeless(slow.stdout)).toEqual(timeless(fast.stdout));
    expect(fast.stderr).toBe('');
    expect(slow.stderr).toMatch(/^postern: .*npm rebuild.*\n$/);
  });

  it('a dump shows the same', () => {
    const args = ['dump', capture, '--json'];
    expect(postern(args, WITHOUT).stdout).toBe(postern(args).stdout);
  });

  it('a run names the command that builds it', () => {
    const { status, stderr } = postern(['run', '-c', doors, '-i', 'lo'], WITHOUT);
    expect(status).toBe(1);
    expect(stderr).toMatch(/npm rebuild/);
  });
});

function timeless(output: string): Record<string, unknown>[] {
  return jsonLines(output).map((line) => ({ ...line, elapsedSeconds: 0, packetsPerSecond: 0 }));
}
