import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { processUsage } from '../process-usage.ts';
import { expectOwnNamespace } from '../workload/own-namespace.ts';

/**
 * Opens doors as scripts do, in the network namespace it is started in:
 *   spawned-openings nft|iptables|interactive OPENINGS BATCH PRELOAD   ->   {"usPerOpening":U,"cpuUsPerOpening":C}
 * `nft` and `iptables` start a process for each batch, `interactive` speaks to one `nft -i`.
 */
const [kind, ...numbers] = process.argv.slice(2);
expectOwnNamespace();
const [openings, batch, preload] = numbers.map(Number) as [number, number, number];

const TICKS_A_SECOND = 100;
const SETUP =
  'add table inet bench; add set inet bench open { type ipv4_addr . inet_proto . inet_service; flags timeout; }';

execFileSync('nft', ['-f', '-'], { input: `${SETUP}\n${elements(0x14000000, preload)}\n` });
const persistent = kind === 'interactive' ? spawnInteractive() : undefined;
const add =
  persistent !== undefined ? interactive(persistent) : kind === 'iptables' ? addRules : addElements;
const spent = processorSeconds();
const began = performance.now();
for (let done = 0; done < openings; done += batch) {
  await add(0x0a000000 + done, Math.min(batch, openings - done));
}
const elapsedMs = performance.now() - began;
const usPerOpening = (elapsedMs * 1000) / openings;
const cpuUsPerOpening = ((processorSeconds() - spent) * 1e6) / openings;
console.log(JSON.stringify({ usPerOpening, cpuUsPerOpening }));
process.exit(0);

function addElements(first: number, count: number): void {
  execFileSync('nft', ['-f', '-'], { input: `${elements(first, count)}\n` });
}

function addRules(first: number, count: number): void {
  for (let at = 0; at < count; at++) {
    const rule = ['-s', text(first + at), '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT'];
    execFileSync('iptables', ['-A', 'INPUT', ...rule]);
  }
}

function spawnInteractive(): ChildProcessByStdio<Writable, Readable, null> {
  return spawn('nft', ['-i'], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** What comes after its commands is answered after them: a list of nothing says that they are done. */
function interactive(
  nft: ChildProcessByStdio<Writable, Readable, null>,
): (first: number, count: number) => Promise<void> {
  const lines = createInterface({ input: nft.stdout });
  return async (first, count) => {
    nft.stdin.write(`${elements(first, count)}\nlist tables ip6\nlist tables inet\n`);
    for (;;) {
      const [line] = (await once(lines, 'line')) as [string];
      if (line.includes('table inet bench')) return;
    }
  };
}

/** Ours, that of the tools which have ended (the kernel counts it in ticks), and that of the one which has not. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  const ticks = Number(fields[13]) + Number(fields[14]);
  const running = persistent === undefined ? 0 : processUsage(persistent.pid!).cpuSeconds;
  return (user + system) / 1e6 + ticks / TICKS_A_SECOND + running;
}

function elements(first: number, count: number): string {
  if (count === 0) return '';
  const each = Array.from(
    { length: count },
    (_, at) => `${text(first + at)} . tcp . 22 timeout 600s`,
  );
  return `add element inet bench open { ${each.join(', ')} }`;
}

function text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
