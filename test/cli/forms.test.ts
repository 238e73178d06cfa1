import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { CLI } from '../support/daemon.ts';
import { postern } from '../support/cli.ts';
import { OFFICE_DOORS, officeCapture } from '../support/office.ts';
import { OfficeFolder } from '../support/office-folder.ts';

describe('what people read', () => {
  const folder = new OfficeFolder();
  const { doors, capture } = folder;
  afterAll(() => folder[Symbol.dispose]());

  it('of a check: each problem with its place, line and caret, then the counts', () => {
    const file = folder.write(
      'wrong.conf',
      OFFICE_DOORS.replace('9003', '99003').replace('open_for', 'open_fro'),
    );
    const { status, stdout, stderr } = postern(['check', '-c', file]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(new RegExp(`^${file}:2:28: error: .*99003`));
    expect(lines[1]).toBe('   2 |   sequence = 7001,8002:udp,99003');
    expect(lines[2]).toMatch(/^ {5}\| {28}\^{5}/);
    expect(stdout).toMatch(new RegExp(`${file}:6:3: error: .*open_fro`));
    expect(stdout).toMatch(/open_for/); // what was meant
    expect(stdout).toMatch(/^0 doors, 2 errors, 0 warnings\. Not loadable\.$/m);
  });

  it('of a good check: the counts, what the door opens, and the odds of a scan', () => {
    const { stdout } = postern(['check', '-c', doors]);
    expect(stdout).toMatch(/^1 door, 0 errors, \d+ warnings?\. Loadable\.$/m);
    expect(stdout).toMatch(/^door "ssh" opens tcp\/22 for 2 s/m);
    expect(stdout).toMatch(/^door "ssh": one scan in [\d ,]+ in random order opens it$/m);
  });

  it('of a replay: the count of packets, a table, and what came of it', () => {
    const { stdout, stderr } = postern(['replay', capture, '-c', doors]);
    expect(stderr).toBe('');
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(
      new RegExp(`^${capture} {3}6 packets, \\d+ bytes, read in .* packets/s\\)$`),
    );
    expect(stdout).toMatch(/^When \(UTC\) +Source +Door +What$/m);
    expect(stdout).toMatch(
      /^2023-11-14 22:13:20\.250 +198\.51\.100\.7 +ssh +opened tcp\/22 for 2 s$/m,
    );
    expect(stdout).toMatch(
      /^2023-11-14 22:13:22\.250 +198\.51\.100\.7 +ssh +closed, time was up$/m,
    );
    expect(lines.at(-2)).toBe('1 opened, 0 refused, 0 too slow');
  });

  it('of a dump: a line for each packet, with the reason where it is none', () => {
    const lines = postern(['dump', capture]).stdout.trim().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/198\.51\.100\.7:40000 .*:7001/);
    expect(lines[4]).toMatch(/notIp|not IP/);
  });

  it('a progress bar is for those who watch: on stderr, when asked for', () => {
    const args = ['replay', capture, '-c', doors, '--json'];
    expect(postern(args).stderr).toBe('');
    expect(postern([...args, '--progress', 'never']).stderr).toBe('');
    expect(postern([...args, '--progress', 'always']).stdout.split('\n').length).toBe(8);
  });

  it('a reader that went away ends the program quietly', () => {
    const many = folder.write('many.pcap', manyPackets());
    const command = `"${process.execPath}" "${CLI}/main.js" dump "${many}" | head -2`;
    const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });

  it('real time takes the time that the capture took', () => {
    const beganMs = performance.now();
    const { status } = postern(['replay', capture, '-c', doors, '--json', '--speed', '10']);
    expect(status).toBe(0);
    expect(performance.now() - beganMs).toBeGreaterThan(850); // 9 s at ten times the speed
  });
});

/** The office a few thousand times over: more than a pipe holds. */
function manyPackets(): Uint8Array {
  const capture = officeCapture();
  const [head, records] = [capture.subarray(0, 24), capture.subarray(24)];
  return Buffer.concat([head, ...Array<Uint8Array>(5000).fill(records)]);
}
