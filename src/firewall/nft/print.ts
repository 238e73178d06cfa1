import { formatAddress, maskAddress } from '../../tuple/address.ts';
import { longestPrefix } from '../../tuple/network.ts';
import { formatRange, rangeTexts } from './address-range.ts';
import {
  COLLECT_INTERVAL_MS,
  DEFAULT_TIMEOUT_MS,
  KEY,
  type Chain,
  type ConstantSet,
  type GrantSet,
  type Key,
  type LiveSet,
  type Match,
  type Place,
  type RangeSet,
  type Rule,
  type Table,
  type TableSet,
  type Verdict,
} from './table.ts';

/**
 * A table as nft's text: what `postern run --dry-run` prints, and `nft -f` loads. The first two lines
 * take an old table of this name away in the same transaction.
 */
export function printTable(table: Table): string {
  const { name } = table;
  return [`table inet ${name}`, `delete table inet ${name}`, ...tableLines(table)].join('\n');
}

/** The same for a host that has no such table yet: where one stands, nft refuses the whole text. */
export function printNewTable(table: Table): string {
  return [`create table inet ${table.name}`, ...tableLines(table)].join('\n');
}

function tableLines(table: Table): string[] {
  const parts = [...table.sets.map(printSet), ...table.chains.map(printChain)];
  return [`table inet ${table.name} {`, ...parts.flat().map((line) => `\t${line}`), '}', ''];
}

// nft 1.0.6 wants a line break before the brace that closes a chain.
function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `\t${line}`), '}'];
}

function printSet(set: TableSet): string[] {
  return block(`set ${set.name}`, linesOf(set));
}

function linesOf(set: TableSet): string[] {
  switch (set.kind) {
    case 'grants':
      return grantLines(set);
    case 'live':
      return liveLines(set);
    case 'timed services':
      return [
        `type ${KEY_TYPES[set.key]}`,
        'flags timeout',
        `timeout ${DEFAULT_TIMEOUT_MS / 1000}s`,
      ];
    case 'ranges':
      return rangeLines(set);
    case 'shut':
      return [`type ${KEY_TYPES[addressKey(set.family)]}`, 'flags interval,timeout', 'counter'];
    default:
      return constantLines(set);
  }
}

function grantLines({ key, size }: GrantSet): string[] {
  return [
    `type ${KEY_TYPES[key]}`,
    `size ${size}`,
    'flags timeout',
    `timeout ${DEFAULT_TIMEOUT_MS / 1000}s`,
    `gc-interval ${COLLECT_INTERVAL_MS / 1000}s`,
  ];
}

function liveLines({ key, size, idleMs }: LiveSet): string[] {
  return [
    `type ${KEY_TYPES[key]}`,
    `size ${size}`,
    'flags dynamic,timeout',
    `timeout ${idleMs % 1000 === 0 ? `${idleMs / 1000}s` : `${idleMs}ms`}`,
    `gc-interval ${COLLECT_INTERVAL_MS / 1000}s`,
  ];
}

function rangeLines({ family, ranges, hasCounters }: RangeSet): string[] {
  return [
    `type ${KEY_TYPES[addressKey(family)]}`,
    'flags interval',
    ...(hasCounters ? ['counter'] : []),
    `elements = { ${rangeTexts(ranges, family).join(', ')} }`,
  ];
}

function addressKey(family: 4 | 6): Key {
  return family === 4 ? KEY.address4 : KEY.address6;
}

function constantLines(set: ConstantSet): string[] {
  const elements = (texts: readonly (string | number)[]): string =>
    `elements = { ${texts.join(', ')} }`;
  switch (set.kind) {
    case 'ports':
      return [`type ${KEY_TYPES[KEY.port]}`, elements(set.ports)];
    case 'services':
      return [
        `type ${KEY_TYPES[KEY.protocolPort]}`,
        elements(set.services.map(({ protocol, port }) => `${protocol} . ${port}`)),
      ];
    case 'interfaces':
      return [
        `type ${KEY_TYPES[KEY.interface]}`,
        elements(set.names.map((name) => JSON.stringify(name))),
      ];
    case 'networks': {
      const type = KEY_TYPES[addressKey(set.family)];
      return [`type ${type}`, 'flags interval', elements(set.ranges.map(formatRange))];
    }
  }
}

/** Keys in nft's words. */
export const KEY_TYPES: Readonly<Record<Key, string>> = {
  [KEY.address4]: 'ipv4_addr',
  [KEY.address6]: 'ipv6_addr',
  [KEY.address4ProtocolPort]: 'ipv4_addr . inet_proto . inet_service',
  [KEY.address6ProtocolPort]: 'ipv6_addr . inet_proto . inet_service',
  [KEY.port]: 'inet_service',
  [KEY.interface]: 'ifname',
  [KEY.protocolPort]: 'inet_proto . inet_service',
  [KEY.address6Port]: 'ipv6_addr . inet_service',
  [KEY.address4Port]: 'ipv4_addr . inet_service',
};

function printChain({ name, hook, rules }: Chain): string[] {
  const head =
    hook === undefined
      ? []
      : [`type ${hookText(hook.at)} priority ${hook.priority}; policy accept;`];
  return block(`chain ${name}`, [...head, ...rules.map(printRule)]);
}

function hookText(at: Place): string {
  return at === 'nat' ? 'nat hook prerouting' : `filter hook ${at}`;
}

function printRule({ matches, verdict, comment }: Rule): string {
  const words = [...matches.map(printMatch), printVerdict(verdict)];
  if (comment !== undefined) words.push(`comment ${JSON.stringify(comment)}`);
  return words.join(' ');
}

function printMatch(match: Match): string {
  switch (match.kind) {
    case 'ports': {
      const { protocol, from, to } = match;
      return `${protocol} dport ${from === to ? from : `${from}-${to}`}`;
    }
    case 'port set':
      return `${match.protocol} dport @${match.set}`;
    case 'not new tcp':
      return 'tcp flags & (syn | ack) != syn';
    case 'loopback':
      return 'iif "lo"';
    case 'other interfaces':
      return `iifname != @${match.set}`;
    case 'local target':
      return 'fib daddr type local';
    case 'target':
      return `${match.address.family === 6 ? 'ip6' : 'ip'} daddr ${formatAddress(match.address)}`;
    case 'service':
      return `meta l4proto . th dport ${match.isNot ? '!= ' : ''}@${match.set}`;
    case 'source':
      return printSource(match);
  }
}

function printSource({ set, key, prefix, live }: Extract<Match, { kind: 'source' }>): string {
  const isSix = key === KEY.address6 || key === KEY.address6ProtocolPort;
  const hasPort = key === KEY.address4ProtocolPort || key === KEY.address6ProtocolPort;
  const family = isSix ? 6 : 4;
  const mask = prefix < longestPrefix(family) ? ` & ${printMask(family, prefix)}` : '';
  const address = `${isSix ? 'ip6' : 'ip'} saddr${mask}`;
  const source = `${address}${hasPort ? ' . meta l4proto . th dport' : ''}`;
  if (live === undefined) return `${source} @${set}`;
  return `${source} @${set} ${source} @${live} update @${live} { ${source} }`;
}

function printMask(family: 4 | 6, prefix: number): string {
  return formatAddress(maskAddress({ family, words: ALL_ONES[family] }, prefix));
}

const ALL_ONES = {
  4: [0, 0, 0xffff, 0xffff_ffff],
  6: [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff],
} as const;

function printVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'accept':
    case 'counter drop':
      return verdict.kind;
    case 'send on':
      return printSendOn(verdict);
    case 'mark':
      return `meta mark set meta mark | 0x${verdict.bits.toString(16).padStart(8, '0')}`;
    case 'goto':
      return `goto ${verdict.chain}`;
  }
}

function printSendOn({ address, port }: Extract<Verdict, { kind: 'send on' }>): string {
  const text = formatAddress(address);
  return address.family === 6 ? `dnat ip6 to [${text}]:${port}` : `dnat ip to ${text}:${port}`;
}
