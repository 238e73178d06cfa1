import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { followLog } from '../../../../src/source/log/follow-log.ts';
import { FollowedLog, lines } from '../../../support/followed-log.ts';
import { passed } from '../../../support/wait.ts';

describe('a log that is followed', () => {
  it('begins at its end, behind the line that is being written', async () => {
    await using log = new FollowedLog();
    log.write(1);
    appendFileSync(log.path, lines(2).slice(0, 40));
    await log.follow();
    appendFileSync(log.path, lines(2).slice(40));
    log.write(3);
    await log.hasRead(3);
  });

  it('takes a line when its end has come', async () => {
    await using log = new FollowedLog();
    log.write();
    await log.follow();
    const [line] = [lines(7)];
    for (const part of [line!.slice(0, 30), line!.slice(30, 200), line!.slice(200)]) {
      appendFileSync(log.path, part);
      await passed(20);
    }
    await log.hasRead(7);
  });

  it('is waited for if it is not there, and read from its beginning then', async () => {
    await using log = new FollowedLog();
    await log.follow();
    expect(log.said).toEqual([`log ${log.path}: it is not there; waiting for it`]);
    log.write(1, 2);
    await log.hasRead(1, 2);
    expect(log.said.slice(1)).toEqual([`log ${log.path}: it is read`]);
  });

  it('is read to its end when it is moved away, and then the new one of its name', async () => {
    await using log = new FollowedLog();
    log.write();
    await log.follow();
    log.write(1);
    await log.hasRead(1);
    for (let round = 0; round < 3; round++) {
      const before = [...log.ports];
      renameSync(log.path, `${log.path}.1`);
      // Who writes goes on with the old one until he is told.
      appendFileSync(`${log.path}.1`, lines(10 + round));
      writeFileSync(log.path, '');
      await log.hasRead(...before, 10 + round);
      log.write(20 + round);
      await log.hasRead(...before, 10 + round, 20 + round);
    }
  });

  it('is read anew when it is cut off, even if it has grown beyond the old place since', async () => {
    await using log = new FollowedLog();
    log.write();
    await log.follow();
    log.write(1, 2);
    await log.hasRead(1, 2);
    truncateSync(log.path);
    log.write(3);
    await log.hasRead(1, 2, 3);
    writeFileSync(log.path, lines(4, 5, 6, 7));
    await log.hasRead(1, 2, 3, 4, 5, 6, 7);
  });

  it('makes no line of the beginning of one file and the end of another', async () => {
    await using log = new FollowedLog();
    log.write();
    await log.follow();
    const line = lines(7);
    log.write(1);
    appendFileSync(log.path, line.slice(0, 60));
    await log.hasRead(1);
    writeFileSync(log.path, line.slice(60) + lines(2));
    await log.hasRead(1, 2);
  });

  it('may be a link that is made to lead elsewhere', async () => {
    await using log = new FollowedLog();
    const [first, second] = [`${log.path}.a`, `${log.path}.b`];
    writeFileSync(first, '');
    symlinkSync(first, log.path);
    await log.follow();
    log.write(1);
    await log.hasRead(1);
    writeFileSync(second, lines(2));
    rmSync(log.path);
    symlinkSync(second, log.path);
    await log.hasRead(1, 2);
  });

  it('costs no processor time while nothing is written', async () => {
    await using log = new FollowedLog();
    log.write();
    await log.follow();
    log.write(1);
    await log.hasRead(1);
    const before = performance.eventLoopUtilization();
    const used = process.cpuUsage();
    await passed(1500);
    const { active } = performance.eventLoopUtilization(before);
    const { user, system } = process.cpuUsage(used);
    // Two looks a second would do no harm; a loop that spins would be at work all the time.
    expect(active).toBeLessThan(750);
    expect(user + system).toBeLessThan(750_000);
  });

  it('is a failure from the start if it is a folder', async () => {
    await using log = new FollowedLog();
    mkdirSync(log.path);
    await expect(followLog(log.path)).rejects.toMatchObject({ code: 'CAPTURE_NOT_READABLE' });
  });
});
