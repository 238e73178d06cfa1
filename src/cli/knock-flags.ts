import { readFileSync } from 'node:fs';
import { atoi } from '../config/knockd-values.ts';
import { flagLines, getopt, type FlagRule } from './getopt.ts';
import { print, say } from './terminal.ts';

/** What the command line of `knock` says. */
export interface KnockFlags {
  readonly host: string;
  /** As they are typed: `7000`, `8000:udp`, `http`. */
  readonly ports: readonly string[];
  readonly isAllUdp: boolean;
  readonly delayMs: number;
  readonly family: 4 | 6 | undefined;
  readonly isVerbose: boolean;
}

export const KNOCK_FLAGS: readonly FlagRule[] = [
  { short: 'u', long: 'udp', help: 'every port by UDP, whatever is written behind it' },
  { short: 'd', long: 'delay', argument: 'MS', help: 'wait after every port, the last one too' },
  { short: '4', long: 'ipv4', help: 'knock by IPv4' },
  { short: '6', long: 'ipv6', help: 'knock by IPv6' },
  { short: 'v', long: 'verbose', help: 'say what is hit' },
  { short: 'V', long: 'version', help: 'print the version' },
  { short: 'h', long: 'help', help: 'print this' },
];

/** The flags; or, if there is nothing more to do, the exit code: 0.8 answers its own help with 1. */
export function readKnockFlags(args: readonly string[]): KnockFlags | number {
  const operands: string[] = [];
  let isAllUdp = false;
  let isVerbose = false;
  let delayMs = 0;
  let family: 4 | 6 | undefined;
  for (const word of getopt('knock', args, KNOCK_FLAGS)) {
    if (word.kind === 'operand') {
      operands.push(word.text);
      continue;
    }
    if (word.kind === 'error') {
      say(word.message);
      return usage();
    }
    if (word.long === 'udp') isAllUdp = true;
    else if (word.long === 'verbose') isVerbose = true;
    else if (word.long === 'ipv4') family = 4;
    else if (word.long === 'ipv6') family = 6;
    else if (word.long === 'version') return version();
    else if (word.long === 'help') return usage();
    else {
      delayMs = atoi(word.value).value;
      if (delayMs < 0) {
        say('error: delay cannot be negative');
        return 1;
      }
    }
  }
  const [host, ...ports] = operands;
  if (host === undefined || ports.length === 0) return usage();
  return { host, ports, isAllUdp, delayMs, family, isVerbose };
}

function usage(): number {
  print('usage: knock [options] HOST PORT[:PROTO]...\n');
  print('Sends one SYN, or one UDP datagram, to each port in order.\n');
  for (const line of flagLines(KNOCK_FLAGS)) print(line);
  print('\nExample: knock -v gw.example.net 7000 8000:udp 9000');
  return 1;
}

function version(): number {
  const at = new URL('../../package.json', import.meta.url);
  const { version: own } = JSON.parse(readFileSync(at, 'utf8')) as { version: string };
  print(`knock 0.8 (Postern ${own})`);
  print('A drop-in with the interface of knock 0.8. MIT licence.');
  return 0;
}
