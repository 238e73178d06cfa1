import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isPortStep } from '../../../src/door/step.ts';
import { OneTimeSequences } from '../../../src/config/one-time-file.ts';
import type { Door } from '../../../src/door/door.ts';
import { door } from '../../support/door.ts';

describe('one-time sequences', () => {
  let folder: string;
  let path: string;
  let bad: string[];
  let open: OneTimeSequences | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-one-time-'));
    path = join(folder, 'sequences');
    bad = [];
  });
  afterEach(() => {
    open?.[Symbol.dispose]();
    open = undefined;
    rmSync(folder, { recursive: true });
  });

  const start = (text: string, isDry = false): [OneTimeSequences, Door] => {
    writeFileSync(path, text);
    const otp = door('1', { name: 'otp', oneTimeSequences: path });
    open = new OneTimeSequences([otp], { isDry, onBad: (line) => bad.push(line) });
    return [open, otp];
  };
  const text = (): string => readFileSync(path, 'utf8');
  /** The ports that are asked for next. */
  const ports = (next: Door | undefined): number[] | undefined =>
    next?.steps.filter(isPortStep).map(({ port }) => port);
  const spend = (sequences: OneTimeSequences, of: Door): Door | undefined => {
    const spent = sequences.spend(of);
    if (spent.kind === 'refused') throw new Error(spent.reason);
    return spent.next;
  };

  it('are used up line by line, each marked at its first character', () => {
    const [sequences, otp] = start('# mine\n\n 7000,8000\n 7100:udp,8100\n9000,9100\n9200');
    const second = spend(sequences, otp);
    expect(text()).toBe('# mine\n\n#7000,8000\n 7100:udp,8100\n9000,9100\n9200');
    expect(second!.steps).toEqual([
      { protocol: 'udp', port: 7100 },
      { protocol: 'tcp', port: 8100 },
    ]);
    const third = spend(sequences, second!);
    const last = spend(sequences, third!);
    expect(text()).toContain('\n#000,9100\n9200');
    expect(spend(sequences, last!)).toBeUndefined();
    expect(text()).toMatch(/\n#200$/);
  });

  it('open once, whoever else has knocked the same one meanwhile', () => {
    const [sequences, otp] = start('7000\n8000\n');
    spend(sequences, otp);
    expect(sequences.spend(otp)).toEqual({
      kind: 'refused',
      reason: 'its sequence is used already',
    });
    expect(text()).toBe('#000\n8000\n');
  });

  it('mark the line that was used, not a bad one before it, which 0.8 marks', () => {
    const [sequences, otp] = start('70000,1\n7000:icmp\n 7000\n 8000\n');
    expect(ports(spend(sequences, otp))).toEqual([8000]);
    expect(text()).toBe('70000,1\n7000:icmp\n#7000\n 8000\n');
    expect(bad.slice(0, 2)).toEqual([
      'config: section otp: port 70000 is invalid',
      'config: section otp: unknown protocol in knock sequence',
    ]);
  });

  it('are found again where an edit has moved them, and refused where it took them out', () => {
    const [sequences, otp] = start(' 7000\n 8000\n');
    writeFileSync(path, '# a new first line\n 7000\n 8000\n');
    const next = spend(sequences, otp);
    expect(text()).toBe('# a new first line\n#7000\n 8000\n');
    writeFileSync(path, ' 9000\n');
    expect(sequences.spend(next!)).toMatchObject({ kind: 'refused' });
    expect(text()).toBe(' 9000\n');
  });

  it('go on in the file that was opened, whatever is put in its place', () => {
    const [sequences, otp] = start(' 7000\n 8000\n');
    const other = join(folder, 'other');
    writeFileSync(other, ' 1\n');
    renameSync(path, join(folder, 'old'));
    renameSync(other, path);
    expect(ports(spend(sequences, otp))).toEqual([8000]);
    expect(readFileSync(join(folder, 'old'), 'utf8')).toBe('#7000\n 8000\n');
  });

  it('open nothing that could not be marked: no mark, no opening', () => {
    writeFileSync(path, ' 7000\n');
    const full = door('1', { name: 'otp', oneTimeSequences: '/dev/full' });
    expect(() => new OneTimeSequences([full], { isDry: false })).not.toThrow();
    chmodSync(path, 0o400);
    const [sequences, otp] = start(' 7000\n', true);
    expect(spend(sequences, otp)).toBeUndefined();
    expect(text(), 'a replay marks nothing on the disk').toBe(' 7000\n');
  });
});
