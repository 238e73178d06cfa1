import { mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  commandFirewall,
  type CommandEvent,
  type CommandFirewall,
} from '../../../src/firewall/command/command.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { door } from '../../support/door.ts';
import { passed } from '../../support/wait.ts';

describe('R-58: a command that', () => {
  let folder: string;
  let firewall: CommandFirewall;
  let events: CommandEvent[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-limits-'));
    events = [];
    firewall = commandFirewall({
      output: 'ignore',
      limitSeconds: 0.3,
      onEvent: (event) => events.push(event),
    });
  });
  afterEach(async () => {
    await firewall.close();
    rmSync(folder, { recursive: true });
  });

  /** Runs it to its end; how that was told. */
  const run = async (start: string): Promise<CommandEvent | undefined> => {
    const opening = { source: parseAddress('203.0.113.9')!, openForMs: 1000 };
    firewall.apply([{ ...opening, door: door('7000', { commands: { start } }) }], 0);
    await firewall.oneDone();
    return events.find(({ kind }) => kind !== 'running');
  };
  const script = (text: string, mode = 0o755): string => {
    const path = join(folder, 'script');
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, mode);
    return path;
  };
  /** Processes that have the folder's name in their command line. */
  const left = async (): Promise<number> => {
    await passed(100);
    const pids = readFileSync(`${folder}/pids`, 'utf8').trim().split('\n');
    return pids.filter((pid) => isAlive(Number(pid))).length;
  };

  it('is not there, is told with status 127', async () => {
    expect(await run(`${folder}/nothing 2>/dev/null`)).toMatchObject({ status: 127 });
  });

  it('may not be executed, is told with status 126', async () => {
    const path = script('true', 0o644);
    expect(await run(`${path} 2>/dev/null`)).toMatchObject({ status: 126 });
  });

  it('exits 1, is told', async () => {
    expect(await run(script('exit 1'))).toMatchObject({ kind: 'failed status', status: 1 });
  });

  it('hangs, is ended when its time is over', async () => {
    const end = await run(script(`echo $$ > ${folder}/pids; sleep 60`));
    expect(end).toMatchObject({ kind: 'out of time', afterSeconds: 0.3 });
    expect(await left()).toBe(0);
  });

  it('forks children, is ended with all of them', async () => {
    const fork = `for n in 1 2 3; do sleep 60 & echo $! >> ${folder}/pids; done; wait`;
    expect(await run(script(fork))).toMatchObject({ kind: 'out of time' });
    expect(await left()).toBe(0);
  });

  it('ignores TERM, is killed, and its children too', async () => {
    const deaf = `trap '' TERM; echo $$ > ${folder}/pids; sleep 60 & echo $! >> ${folder}/pids; while :; do wait; done`;
    expect(await run(script(deaf))).toMatchObject({ kind: 'out of time' });
    await passed(2200); // asked first, then made to
    expect(await left()).toBe(0);
  });

  it('writes a gigabyte, costs us no memory', async () => {
    const before = process.memoryUsage.rss();
    await run('head -c 1000000000 /dev/zero');
    expect(process.memoryUsage.rss() - before).toBeLessThan(10e6);
  });

  it('closes its standard input, or reads it, ends as any other', async () => {
    expect(await run('exec <&-; cat >/dev/null 2>&1; cat /dev/null; true')).toBeUndefined();
  });

  it('leaves something running in the background, ends, and that goes on', async () => {
    expect(await run(`(sleep 0.8; echo late >> ${folder}/log) & true`)).toBeUndefined();
    await passed(1500);
    expect(readFileSync(`${folder}/log`, 'utf8')).toBe('late\n');
  });

  it('looks about itself, finds no signal ignored or held back', async () => {
    await run(`grep -E 'Sig(Ign|Blk)' /proc/self/status > ${folder}/signals`);
    expect(readFileSync(`${folder}/signals`, 'utf8')).toMatch(/SigBlk:\t0+\nSigIgn:\t0+\n/);
  });
});

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}
