import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { pcap, type CapturePacket } from '../support/capture.ts';
import { jsonLines, postern } from '../support/cli.ts';
import { frame } from '../support/frame.ts';
import { OFFICE_PACKETS } from '../support/office.ts';
import { OfficeFolder } from '../support/office-folder.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/cli/main.js');
/** More than a call can have arguments. */
const STRANGERS = 150_000;
const SECONDS = 1_700_000_000;

describe('a replay of a flood of first knocks with a knock at its end', () => {
  const folder = new OfficeFolder();
  const { doors } = folder;
  const flood = folder.write('flood.pcap', captureOf([...strangers(), ...OFFICE_PACKETS]));
  afterAll(() => folder[Symbol.dispose]());

  it('shows the knock, and the first of those that were too slow', () => {
    const { status, stdout, stderr } = postern(['replay', flood, '-c', doors]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.match(/too slow: gave up/g)).toHaveLength(10_000);
    expect(stdout).toMatch(/the first 10.000 of 150.000 \(timeout\); --json shows all/);
    expect(stdout).toMatch(/198\.51\.100\.7 +ssh +opened tcp\/22/);
    expect(stdout).toMatch(/^1 opened, 0 refused, 150.000 too slow$/m);
  });

  it('is no faster than the reader of --json, and loses no line', async () => {
    const args = [MAIN, 'replay', flood, '-c', doors, '--json'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<number | null>((end) => void child.on('exit', end));
    await standsStill(child.pid!);
    let text = '';
    for await (const piece of child.stdout.setEncoding('utf8')) text += piece as string;
    expect(await ended).toBe(0);
    const lines = jsonLines(text);
    const count = (event: string): number => lines.filter((line) => line['event'] === event).length;
    expect([count('stage'), count('timeout'), count('open')]).toEqual([150_004, 150_000, 1]);
    expect(lines.at(-1)).toMatchObject({ event: 'summary', packets: 150_006, opened: 1 });
  });
});

/** Until the process uses no processor: it waits for its reader. */
async function standsStill(pid: number): Promise<void> {
  for (let before = -1, now = 0; now < 20 || now !== before;) {
    await sleep(500);
    before = now;
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    now = Number(fields[11]) + Number(fields[12]);
  }
}

/** Each knocks once at the first port of the door, a hundred a second: few wait at a time, and none makes room. */
function* strangers(): Iterable<CapturePacket> {
  for (let nth = 0; nth < STRANGERS; nth++) {
    const from = `10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}`;
    const bytes = frame({ from, tcp: { to: 7001, syn: true } });
    const seconds = SECONDS - 2000 + Math.floor(nth / 100);
    yield { bytes, seconds, nanoseconds: (nth % 100) * 1e7 };
  }
}

/** `pcap` takes no more packets than a call has arguments. */
function captureOf(packets: readonly CapturePacket[]): Uint8Array {
  const options = { isNano: true };
  const header = pcap([], options);
  return Buffer.concat([
    header,
    ...packets.map((packet) => pcap([packet], options).subarray(header.length)),
  ]);
}
