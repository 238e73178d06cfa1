import { describe, expect, it, vi } from 'vitest';
import { replay } from '../../../src/lab/page/model/replay.ts';
import { readPackets } from '../../../src/lab/page/model/read-packets.ts';

vi.mock('node:fs', () => import('../../../src/lab/page/stand-in/fs.ts'));

const PATH = '/etc/knockd.conf';
const DAY = Date.parse('2026-01-31T12:00:00Z');

function run(
  doors: string,
  packets: string,
  more: readonly (readonly [string, string])[] = [],
): ReturnType<typeof replay> {
  return replay(new Map([[PATH, doors], ...more]), PATH, readPackets(packets, DAY).packets);
}

const THREE = `[ssh]
sequence = 7000,8000:udp,9000
tcpflags = syn
open = tcp/22
open_for = 30s
`;

describe('the lab’s replay', () => {
  it('tells each step, the opening and its end, in the order of the packets’ times', async () => {
    const packets = `
      09:00:02 203.0.113.9 tcp/9000
      09:00:00 203.0.113.9 tcp/7000
      09:00:01 203.0.113.9 udp/8000
      09:01:00 203.0.113.9 tcp/1`;
    const { run: ran, problems } = await run(THREE, packets);
    expect(problems).toEqual([]);
    expect(ran!.told.map(({ when, what }) => `${when.slice(11, 19)} ${what}`)).toEqual([
      '09:00:00 stage 1',
      '09:00:01 stage 2',
      '09:00:02 stage 3',
      '09:00:02 the knock is right',
      '09:00:02 opened tcp/22 for 30 s',
    ]);
  });

  it('says that a sequence is too slow', async () => {
    const packets = '09:00:00 203.0.113.9 tcp/7000\n09:30:00 203.0.113.9 tcp/7000';
    const { run: ran } = await run(THREE, packets);
    expect(ran!.told.map(({ what }) => what)).toContain('too slow: gave up at stage 1');
  });

  it('uses one-time sequences up, in order', async () => {
    const doors = '[once]\none_time_sequences = /etc/once\ntcpflags = syn\nopen = tcp/22\n';
    const packets = [1, 2, 1].map((n, at) => `09:00:0${at} 203.0.113.9 tcp/${n}000`).join('\n');
    const { run: ran } = await run(doors, packets, [['/etc/once', '1000\n2000\n']]);
    const opened = ran!.told.filter(({ event }) => event === 'open');
    expect(opened).toHaveLength(2);
  });

  it('names a file that the door file names and nobody pasted', async () => {
    const doors = '[ssh]\nencoded = sealed\nspan = 40000-40255\nkeys = /etc/ssh.keys\n';
    const { run: ran, missing, problems } = await run(doors, '');
    expect(ran).toBeUndefined();
    expect(missing).toEqual(['/etc/ssh.keys']);
    expect(problems.map(({ code }) => code)).toEqual(['CONFIG_KEY_FILE']);
  });

  it('follows include to files of a folder, and actions', async () => {
    const doors = '[options]\ninclude = doors.d\n';
    const more = [['/etc/doors.d/a.conf', THREE]] as const;
    const { run: ran } = await run(doors, '09:00:00 203.0.113.9 tcp/7000', more);
    expect(ran!.told.map(({ door, what }) => [door, what])).toEqual([['ssh', 'stage 1']]);
  });

  it('does not hear who is blocked', async () => {
    const doors = `[options]\nblock = 203.0.113.0/24\n${THREE}`;
    const { run: ran } = await run(doors, '09:00:00 203.0.113.9 tcp/7000');
    expect(ran!.told).toEqual([]);
    expect(ran!.stats.blocked).toBe(1);
  });

  it('says that expressions of log_pattern are not asked', async () => {
    const pattern = '^dropped (?<source>\\S+) (?<port>\\d+)';
    const packets = '09:00:00 203.0.113.9 tcp/7000';
    const asked = await run(`[options]\nlog_pattern = ${pattern}\n${THREE}`, packets);
    expect(asked.remarks).toEqual([expect.stringMatching(/^log_pattern is not asked here: /)]);
    expect(asked.run!.told).toHaveLength(1);
    expect((await run(THREE, packets)).remarks).toEqual([]);
  });

  it('shows mistakes with their place, as check does', async () => {
    const { problems } = await run('[ssh]\nsequense = 7000\n', '');
    expect(problems.map((problem) => problem.format()).join('\n')).toContain(
      '/etc/knockd.conf:2:1: error: ',
    );
  });
});
