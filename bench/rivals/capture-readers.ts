import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { program, ROOT, whyNot } from '../programs.ts';
import { PACKAGES, whyNoPackage } from './npm-packages.ts';
import { isInstalled, type Rival } from './rival.ts';

/** A capture to be read, and how many packets lie in it. */
export interface CaptureTask {
  readonly file: string;
  readonly packets: number;
}

const FILTER = 'tcp[tcpflags] & tcp-syn != 0 and (dst port 7000 or dst port 8000 or dst port 9000)';

/** Whatever reads captures, from the least that can be done with one to what a script would use. */
export const CAPTURE_READERS: readonly Rival<CaptureTask>[] = [
  {
    name: 'libpcap, empty callback',
    whyNot: () => whyNot('libpcap_empty'),
    run: ({ file, packets }) => byItsOwnClock('libpcap_empty', packets, file),
  },
  {
    name: 'one plain pass over the mapped file',
    whyNot: () => whyNot('mapped_pass'),
    run: ({ file, packets }) => byItsOwnClock('mapped_pass', packets, file),
  },
  {
    name: 'libpcap, compiled filter',
    whyNot: () => whyNot('libpcap_empty'),
    run: ({ file, packets }) => byItsOwnClock('libpcap_empty', packets, file, FILTER),
  },
  {
    name: 'tcpdump -r, filter',
    whyNot: () => (isInstalled('tcpdump', '--version') ? undefined : 'tcpdump is not installed'),
    run: ({ file, packets }) => {
      const args = ['-n', '-r', file, '-w', '/dev/null', FILTER];
      return byTheClock(() => execFileSync('tcpdump', args, { stdio: 'ignore' }), packets);
    },
  },
  {
    name: 'npm pcap, empty listener',
    whyNot: () => whyNoPackage('pcap', '3.1.0'),
    run: ({ file, packets }) => {
      const script = join(ROOT, 'bench/rivals/npm_pcap.mjs');
      const text = execFileSync(process.execPath, [script, PACKAGES, file], { encoding: 'utf8' });
      return nsPerPacket(text, packets);
    },
  },
  {
    name: 'npm cap',
    whyNot: () => 'cap 0.2.1 listens on interfaces alone, it reads no files',
    run: () => Number.NaN,
  },
];

function byItsOwnClock(
  name: Parameters<typeof program>[0],
  packets: number,
  ...args: string[]
): number {
  return nsPerPacket(execFileSync(program(name), args, { encoding: 'utf8' }), packets);
}

function nsPerPacket(text: string, packets: number): number {
  const said = JSON.parse(text) as { packets?: number; seconds: number };
  if (said.packets !== undefined && said.packets !== packets) {
    throw new Error(`${said.packets} packets instead of ${packets}`);
  }
  return (said.seconds * 1e9) / packets;
}

/** From the start of a process to its end: some milliseconds of that belong to no packet. */
function byTheClock(run: () => void, packets: number): number {
  const began = performance.now();
  run();
  return ((performance.now() - began) * 1e6) / packets;
}
