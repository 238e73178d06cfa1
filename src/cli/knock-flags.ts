import { isIP } from 'node:net';
import { atoi } from '../config/knockd-values.ts';
import { LOG_FORMATS, type LogFormat } from '../client/log-lines.ts';
import { parseDuration } from '../config/values.ts';
import type { Terms } from '../codec/terms.ts';
import { flagLines, getopt, type FlagRule } from './getopt.ts';

/** The flags of `knock`: those of 0.8, and ours, which must be written in full. */
export const KNOCK_FLAGS: readonly FlagRule[] = [
  { short: 'u', long: 'udp', help: 'knock by UDP, whatever the ports say' },
  { short: 'd', long: 'delay', argument: 'MS', help: 'wait so many milliseconds after each port' },
  { short: '4', long: 'ipv4', help: 'knock by IPv4' },
  { short: '6', long: 'ipv6', help: 'knock by IPv6' },
  { short: 'v', long: 'verbose', help: 'say what is hit' },
  { short: 'V', long: 'version', help: 'say the version' },
  { short: 'h', long: 'help', help: 'this text' },
  { long: 'both', help: 'knock by IPv4 and by IPv6', isExact: true },
  { long: 'source', argument: 'ADDRESS', help: 'knock from this address of ours', isExact: true },
  { long: 'wait', argument: 'PORT', help: 'knock until this TCP port answers', isExact: true },
  { long: 'timeout', argument: 'SECONDS', help: 'how long to wait (default 10)', isExact: true },
  {
    long: 'encode',
    argument: 'NAME',
    help: 'as --door: a knock that says something',
    isExact: true,
  },
  {
    long: 'for',
    argument: 'DURATION',
    help: 'sealed: ask to be let in for so long',
    isExact: true,
  },
  { long: 'close', help: 'sealed: ask the door to close again', isExact: true },
  {
    long: 'action',
    argument: 'NAME',
    help: 'sealed: ask for this action, or the Nth that the door offers',
    isExact: true,
  },
  {
    long: 'prefix',
    argument: 'LENGTH',
    help: 'sealed: ask for the network of this length, not for one address',
    isExact: true,
  },
  { long: 'client', argument: 'ADDRESS', help: 'sealed: the address to be let in', isExact: true },
  { long: 'test', help: 'send nothing: print the ports, and what they say', isExact: true },
  { long: 'to-log', argument: 'FILE', help: 'write log lines in place of packets', isExact: true },
  {
    long: 'format',
    argument: 'NAME',
    help: 'iptables (default), nftables or ipchains',
    isExact: true,
  },
  { long: 'door', argument: 'NAME', help: 'knock at a door of the door file', isExact: true },
  {
    long: 'doors',
    argument: 'FILE',
    help: 'the door file (default ~/.config/postern/doors)',
    isExact: true,
  },
];

/** A command line that was understood. */
export interface KnockOrder {
  readonly operands: readonly string[];
  readonly isUdp: boolean;
  readonly isVerbose: boolean;
  /** 0.8 takes a negative one for wrong only once it knows where to knock. */
  readonly delayMs: number | undefined;
  readonly families: 4 | 6 | 'both' | undefined;
  readonly source: string | undefined;
  readonly wait: string | undefined;
  readonly timeoutMs: number;
  readonly door: string | undefined;
  /** What a sealed knock asks for. */
  readonly terms: Terms;
  /** By its name in the door file, or by its number from 1; in place of `terms`. */
  readonly action: string | undefined;
  /** Length of the prefix to ask for; 0: none. */
  readonly prefix: number;
  readonly client: string | undefined;
  /** Send nothing; say what would be sent. */
  readonly isTest: boolean;
  readonly log: { readonly file: string; readonly format: LogFormat } | undefined;
  readonly doorFile: string | undefined;
}

export type KnockCommandLine =
  | { readonly kind: 'knock'; readonly order: KnockOrder }
  | { readonly kind: 'version' }
  | { readonly kind: 'usage'; readonly message?: string };

/** Reads the words in their order; the first of -h, -V and any mistake decides. */
export function readKnockLine(args: readonly string[]): KnockCommandLine {
  const operands: string[] = [];
  const given = new Map<string, string>();
  let families: KnockOrder['families'];
  for (const word of getopt('knock', args, KNOCK_FLAGS)) {
    if (word.kind === 'error') return { kind: 'usage', message: word.message };
    if (word.kind === 'operand') {
      operands.push(word.text);
      continue;
    }
    if (word.long === 'help') return { kind: 'usage' };
    if (word.long === 'version') return { kind: 'version' };
    given.set(word.long, word.value);
    families = FAMILIES.get(word.long) ?? families;
  }
  const [delay, source, timeout] = ['delay', 'source', 'timeout'].map((flag) => given.get(flag));
  if (source !== undefined && isIP(source) === 0) return wrong(`--source ${source}: no address`);
  const timeoutMs = Number(timeout ?? 10) * 1000;
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) return wrong(`--timeout ${timeout}: no seconds`);
  const client = given.get('client');
  if (client !== undefined && isIP(client) === 0) return wrong(`--client ${client}: no address`);
  const prefix = given.get('prefix') ?? '0';
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > 128) {
    return wrong(`--prefix ${prefix}: no length of a prefix`);
  }
  const length = given.get('for');
  const openForSeconds = length === undefined ? undefined : parseDuration(length);
  if (length !== undefined && !(openForSeconds! >= 1)) return wrong(`--for ${length}: no duration`);
  const format = LOG_FORMATS.find((each) => each === (given.get('format') ?? 'iptables'));
  if (format === undefined) {
    return wrong(`--format ${given.get('format')}: known are ${LOG_FORMATS.join(', ')}`);
  }
  const [door, logFile] = [given.get('encode') ?? given.get('door'), given.get('to-log')];
  if (door !== undefined ? operands.length > 0 : operands.length < 2) return { kind: 'usage' };
  return {
    kind: 'knock',
    order: {
      operands,
      isUdp: given.has('udp'),
      isVerbose: given.has('verbose'),
      delayMs: delay === undefined ? undefined : atoi(delay).value,
      families,
      source,
      wait: given.get('wait'),
      timeoutMs,
      door,
      terms: given.has('close') ? { kind: 'close' } : { kind: 'open', openForSeconds },
      action: given.get('action'),
      prefix: Number(prefix),
      client,
      isTest: given.has('test'),
      log: logFile === undefined ? undefined : { file: logFile, format },
      doorFile: given.get('doors'),
    },
  };
}

const FAMILIES: ReadonlyMap<string, 4 | 6 | 'both'> = new Map<string, 4 | 6 | 'both'>([
  ['ipv4', 4],
  ['ipv6', 6],
  ['both', 'both'],
]);

function wrong(message: string): KnockCommandLine {
  return { kind: 'usage', message: `knock: ${message}` };
}

export function knockUsage(): string {
  return [
    'usage: knock [options] HOST PORT[:PROTOCOL]...',
    '       knock [options] --door NAME',
    '       knock [options] --encode NAME [--for DURATION | --close | --action NAME] [--prefix LENGTH]',
    '',
    'Sends one SYN, or one datagram, to each port in order. PROTOCOL is tcp or udp.',
    '',
    ...flagLines(KNOCK_FLAGS),
    '',
    'example: knock -v gw.example.net 41187 5023:udp 60311',
    '',
  ].join('\n');
}
