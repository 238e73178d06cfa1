import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { knockdDoors, posternDoors } from '../doors.ts';
import { ROOT } from '../programs.ts';
import type { Pair } from '../workload/pair.ts';
import { whyNoPackage, PACKAGES } from './npm-packages.ts';
import { isInstalled } from './rival.ts';

/** Whoever listens on the server's end of a pair for the knock 7000, 8000, 9000. */
export interface Daemon {
  readonly name: string;
  readonly whyNot: () => string | undefined;
  /** Resolves when it listens. */
  readonly start: (pair: Pair, folder: string) => Promise<Listening>;
}

export interface Listening {
  readonly pid: number;
  /** Ends it; what it tells of its packets. */
  readonly end: () => Promise<Counts>;
}

/** Each is undefined of those who do not tell. */
export interface Counts {
  /** Packets that passed its filter and reached it. */
  readonly received: number | undefined;
  /** Packets that the kernel dropped for it. */
  readonly lost: number | undefined;
}

const UNTOLD: Counts = { received: undefined, lost: undefined };

export const POSTERN: Daemon = {
  name: 'Postern',
  whyNot: () => undefined,
  start: async (pair, folder) => {
    const main = join(ROOT, 'dist/cli/main.js');
    const args = ['run', '--json', '-i', pair.serverInterface, '-c', posternDoors(folder)];
    const child = await pair.daemon('listening', process.execPath, main, ...args);
    return { pid: child.pid!, end: () => countsAtEnd(child) };
  },
};

/** knockd, which adds elements to a set of nftables that accepts port 22. */
export const KNOCKD_NFT: Daemon = {
  name: 'knockd 0.8 + nft',
  whyNot: () => whyNoKnockd() ?? whyNoNft(),
  start: async (pair, folder) => {
    const rules =
      'add table inet kn; add set inet kn open { type ipv4_addr; flags timeout; timeout 60s; }; ' +
      'add chain inet kn in { type filter hook input priority 0; }; ' +
      'add rule inet kn in tcp dport 22 ip saddr != @open drop';
    await pair.run(pair.server, 'nft', rules);
    return knockd(pair, folder, '/usr/sbin/nft add element inet kn open { %IP% }');
  },
};

export const KNOCKD_IPTABLES: Daemon = {
  name: 'knockd 0.8 + iptables',
  whyNot: () =>
    whyNoKnockd() ??
    (isInstalled('iptables', '--version') ? undefined : 'iptables is not installed'),
  start: async (pair, folder) => {
    const drop = ['-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'DROP'];
    await pair.run(pair.server, 'iptables', ...drop);
    const command = '/usr/sbin/iptables -I INPUT -s %IP% -p tcp --dport 22 -j ACCEPT';
    return knockd(pair, folder, command);
  },
};

/** knockd, whose command does nothing. */
export const KNOCKD: Daemon = {
  name: 'knockd 0.8',
  whyNot: whyNoKnockd,
  start: (pair, folder) => knockd(pair, folder, '/bin/true'),
};

const FILTER = 'tcp[tcpflags] & tcp-syn != 0 and (dst port 7000 or dst port 8000 or dst port 9000)';

export const TCPDUMP: Daemon = {
  name: 'tcpdump, filter',
  whyNot: whyNoTcpdump,
  start: (pair) => tcpdump(pair, pair.serverInterface, FILTER),
};

/** A rule that logs the knock ports to a netlink group, and tcpdump that reads the group. */
export const LOG_GROUP: Daemon = {
  name: 'netlink log group',
  whyNot: () => whyNoTcpdump() ?? whyNoNft(),
  start: async (pair) => {
    const rules =
      'add table inet logged; add chain inet logged in { type filter hook prerouting priority -300; }; ' +
      'add rule inet logged in tcp dport { 7000, 8000, 9000 } tcp flags syn log group 7 snaplen 96 queue-threshold 64';
    await pair.run(pair.server, 'nft', rules);
    return tcpdump(pair, 'nflog:7');
  },
};

export const NPM_CAP: Daemon = {
  name: 'npm cap, empty listener',
  whyNot: () => whyNoPackage('cap', '0.2.1'),
  start: async (pair) => {
    const script = join(ROOT, 'bench/rivals/npm_cap.mjs');
    const args = [script, PACKAGES, pair.serverInterface, FILTER];
    const child = await pair.daemon('listening', process.execPath, ...args);
    const end = async (): Promise<Counts> => {
      const [, received] = await saidAtEnd(child, /^(\d+) packets$/m);
      return { received: Number(received), lost: undefined };
    };
    return { pid: child.pid!, end };
  },
};

function whyNoKnockd(): string | undefined {
  return isInstalled('knockd', '-V') ? undefined : 'knockd is not installed';
}

function whyNoNft(): string | undefined {
  return isInstalled('nft', '--version') ? undefined : 'nft is not installed';
}

function whyNoTcpdump(): string | undefined {
  return isInstalled('tcpdump', '--version') ? undefined : 'tcpdump is not installed';
}

async function knockd(pair: Pair, folder: string, command: string): Promise<Listening> {
  const args = ['-v', '-i', pair.serverInterface, '-c', knockdDoors(folder, command)];
  const { pid } = await pair.daemon('listening', 'knockd', ...args);
  return { pid: pid!, end: async () => UNTOLD };
}

async function tcpdump(pair: Pair, from: string, ...filter: string[]): Promise<Listening> {
  const args = ['-n', '-s', '96', '-i', from, '-w', '/dev/null', ...filter];
  const child = await pair.daemon('listening', 'tcpdump', ...args);
  const end = async (): Promise<Counts> => {
    const said = await saidAtEnd(child, /^(\d+) packets? captured[^]*?^(\d+) packets? dropped/m);
    return { received: Number(said[1]), lost: Number(said[2]) };
  };
  return { pid: child.pid!, end };
}

/** Our daemon tells its counters when it ends. */
export async function countsAtEnd(
  child: ChildProcess,
): Promise<{ readonly received: number; readonly lost: number }> {
  const [line] = await saidAtEnd(child, /^.*"event":"closing".*\}$/m);
  const { packets, dropped } = JSON.parse(line) as { packets: number; dropped: number };
  return { received: packets, lost: dropped };
}

/** Ends a process by a signal; what it says of a kind then. Throws if it ends without. */
function saidAtEnd(child: ChildProcess, kind: RegExp): Promise<RegExpExecArray> {
  const said = new Promise<RegExpExecArray>((found, fail) => {
    let text = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        text = (text + chunk.toString()).slice(-65_536);
        const match = kind.exec(text);
        if (match !== null) found(match);
      });
    }
    child.once('close', () => fail(new Error(`it ended without its counts: ${text.slice(-200)}`)));
    setTimeout(() => fail(new Error('it did not end within ten seconds')), 10_000).unref();
  });
  child.kill('SIGTERM');
  return said;
}
