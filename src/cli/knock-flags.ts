import { isIP } from 'node:net';
import { atoi } from '../config/knockd-values.ts';
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
  if (given.has('door') ? operands.length > 0 : operands.length < 2) return { kind: 'usage' };
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
      door: given.get('door'),
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
    '',
    'Sends one SYN, or one datagram, to each port in order. PROTOCOL is tcp or udp.',
    '',
    ...flagLines(KNOCK_FLAGS),
    '',
    'example: knock -v gw.example.net 41187 5023:udp 60311',
    '',
  ].join('\n');
}
