import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileDoors, followLog, Matcher, type Decision, type Door } from 'postern';
import type { BenchCase, Figure } from '../bench-case.ts';
import { BENCH_DOOR } from '../bench-door.ts';
import { posternDoors, workFolder } from '../doors.ts';
import { ROOT } from '../programs.ts';
import { quantile, spread } from '../stats.ts';

const PORTS = [7000, 8000, 9000];
const DOOR: Door = { ...BENCH_DOOR, steps: PORTS.map((port) => ({ protocol: 'tcp', port })) };

/** How many lines of a firewall's log a second, and how soon after its line is a knock decided? */
export const log: BenchCase = {
  name: 'log',
  question: 'How fast is a firewall’s log read, and how soon after the line is a knock decided?',
  obstacle: () => undefined,
  async *run({ isQuick }) {
    const folder = workFolder();
    try {
      for (const form of FORMS)
        yield throughput(folder, form, isQuick ? 500_000 : 1_000_000, isQuick ? 2 : 5);
      yield* await latency(join(folder, 'live.log'), isQuick ? 50 : 400);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

const FORMS = [
  { name: 'lines of iptables', line: netfilterLine },
  { name: 'lines of ulogd’s JSON', line: ulogdLine },
] as const;

function throughput(
  folder: string,
  { name, line }: (typeof FORMS)[number],
  lines: number,
  runs: number,
): Figure {
  const file = join(folder, 'kern.log');
  const block = Array.from({ length: 1000 }, (_, nth) => line(1 + ((nth * 7919) % 65_535), nth));
  rmSync(file, { force: true });
  for (let written = 0; written < lines; written += 1000) appendFileSync(file, block.join(''));
  const doors = posternDoors(folder);
  const main = join(ROOT, 'dist/cli/main.js');
  const rates = Array.from({ length: runs }, () => {
    const args = [main, 'replay', file, '-c', doors, '--json', '--trust'];
    const text = execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    const summary = JSON.parse(text.trimEnd().split('\n').at(-1)!) as {
      lines: { matched: number };
      elapsedSeconds: number;
    };
    if (summary.lines.matched !== lines) throw new Error(`${summary.lines.matched} of ${lines}`);
    return lines / summary.elapsedSeconds;
  });
  const { median, noise } = spread(rates);
  const what = `${name}, from the file to the memory firewall`;
  return { what, unit: 'lines/s', ours: median, noise, target: 'at least 300,000' };
}

/** From the write of the last line to the decision; the firewall's own time stands under `firewall`. */
async function latency(file: string, knocks: number): Promise<Figure[]> {
  writeFileSync(file, '');
  const compiled = compileDoors([DOOR]);
  const matcher = new Matcher(compiled, { maxAttempts: 1024 });
  const source = await followLog(file, { interest: compiled.interest });
  const decisions: Decision[] = [];
  const times: number[] = [];
  let writtenMs = 0;
  const write = (nth: number): void => {
    const text = PORTS.map((port) => netfilterLine(port, nth)).join('');
    writtenMs = performance.now();
    appendFileSync(file, text);
  };
  setTimeout(() => write(0), 50);
  for await (const batch of source) {
    for (let row = 0; row < batch.length;) row = matcher.match(batch, decisions, row);
    if (!decisions.some(({ kind }) => kind === 'open')) continue;
    decisions.length = 0;
    times.push(performance.now() - writtenMs);
    if (times.length === knocks) break;
    // Not at once: who is still awake would be asked, and not who sleeps.
    setTimeout(() => write(times.length), 10);
  }
  await source.close();
  times.sort((a, b) => a - b);
  return (['p50', 'p99'] as const).map((name) => ({
    what: `last line to the decision, idle, ${name}`,
    unit: 'ms',
    ours: quantile(times, name === 'p50' ? 0.5 : 0.99),
    target: 'under 50 ms',
  }));
}

function netfilterLine(port: number, nth: number): string {
  const source = `203.0.${(nth >> 8) & 255}.${nth & 255}`;
  const head = `${new Date().toISOString()} gw kernel: [  812.100200] postern: IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:ab:cd:ef:08:00`;
  return `${head} SRC=${source} DST=192.0.2.1 LEN=60 TOS=0x00 PREC=0x00 TTL=51 ID=4711 DF PROTO=TCP SPT=40000 DPT=${port} WINDOW=64240 RES=0x00 SYN URGP=0 \n`;
}

/** All that ulogd 2 writes of a SYN, in its order. */
function ulogdLine(port: number, nth: number): string {
  const source = `203.0.${(nth >> 8) & 255}.${nth & 255}`;
  const members = {
    timestamp: '2026-11-25T07:07:30.794343',
    dvc: 'Netfilter',
    'raw.pktlen': 60,
    'raw.pktcount': 1,
    'oob.prefix': 'postern: ',
    'oob.time.sec': 1_795_590_450,
    'oob.time.usec': nth,
    'oob.mark': 0,
    'oob.ifindex_in': 1,
    'oob.hook': 0,
    'raw.mac_len': 14,
    'oob.family': 2,
    'oob.protocol': 2048,
    'raw.label': 0,
    'raw.type': 772,
    'raw.mac.addrlen': 6,
    'ip.protocol': 6,
    'ip.tos': 0,
    'ip.ttl': 64,
    'ip.totlen': 60,
    'ip.ihl': 5,
    'ip.csum': 24_998,
    'ip.id': 56_083,
    'ip.fragoff': 16_384,
    src_port: 36_514,
    dest_port: port,
    'tcp.seq': 1_517_544_429,
    'tcp.ackseq': 0,
    'tcp.window': 65_495,
    'tcp.offset': 0,
    'tcp.reserved': 0,
    'tcp.urg': 0,
    'tcp.ack': 0,
    'tcp.psh': 0,
    'tcp.rst': 0,
    'tcp.syn': 1,
    'tcp.fin': 0,
    'tcp.res1': 0,
    'tcp.res2': 0,
    'tcp.csum': 65_072,
    'oob.in': 'eth0',
    'oob.out': '',
    src_ip: source,
    dest_ip: '192.0.2.1',
  };
  return `${JSON.stringify(members).replaceAll(',"', ', "').replaceAll('":', '": ')}\n`;
}
