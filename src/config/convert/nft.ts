import {
  beyond,
  isKnocker,
  portList,
  REASON,
  type NotUnderstood,
  type Reading,
} from './access-rule.ts';

/** `add rule inet filter input ip saddr %IP% tcp dport 22 accept` */
export function nft(args: readonly string[]): Reading {
  const words = args.join(' ').split(/\s+/); // nft joins its arguments itself
  const [verb, kind, ...rest] = words;
  if (kind === 'element')
    return { reason: 'what its set is for is not seen here: consider use_set' };
  if ((verb !== 'add' && verb !== 'insert') || kind !== 'rule') return beyond(`${verb} ${kind}`);
  const place = /^(inet|ip|ip6) (\S+) (\S+) (?:(?:position|index|handle) \d+ )?(.*)$/.exec(
    rest.join(' '),
  );
  if (place === null) return { reason: 'its chain is not understood' };
  const [, family, table, chain, rule] = place as unknown as [
    string,
    string,
    string,
    string,
    string,
  ];
  if (chain.toLowerCase() !== 'input')
    return { reason: `chain ${chain} may be another way than input` };
  const access = readRule(rule);
  if ('reason' in access) return access;
  return { action: 'add', ...access, identity: identityOf(family, table, chain) };
}

/**
 * nft deletes rules by their handles alone, so that people look the handle up by the address. The whole
 * command, as the shell gets it; undefined: it is none of that kind.
 */
export function nftHandleLookup(command: string): Reading | undefined {
  const [, ...names] = DELETE_BY_LOOKUP.exec(command) ?? [];
  if (names.length === 0) return undefined;
  const [family, table, chain, ...listed] = names as [string, string, string, ...string[]];
  if (listed.join(' ') !== `${family} ${table} ${chain}`) {
    return { reason: 'it looks the handle up in another chain' };
  }
  return {
    action: 'remove',
    families: [4, 6],
    ports: [],
    identity: identityOf(family, table, chain),
  };
}

const PROGRAM = String.raw`(?:\S*/)?nft`;
const CHAIN = String.raw`(inet|ip|ip6)\s+(\S+)\s+(\S+)`;
const DELETE_BY_LOOKUP = new RegExp(
  String.raw`^${PROGRAM}\s+delete\s+rule\s+${CHAIN}\s+handle\s+\$\(\s*${PROGRAM}\s+(?:-\w*a\w*|--handle)\s+` +
    String.raw`list\s+chain\s+${CHAIN}\s*\|\s*grep\s+(?:-\w+\s+)*["']?%IP%["']?\s*\|[^;&]*\)\s*$`,
);

function identityOf(...chain: readonly string[]): string {
  return JSON.stringify(['nft', ...chain]);
}

/** The forms of a match on the source and on a port, and what may stand beside them. */
const MATCHES: readonly (readonly [RegExp, string])[] = [
  [/^(ip6?) saddr (\S+)/, 'source'],
  [/^(tcp|udp) dport (?:\{([^}]*)\}|([\w,-]+))/, 'ports'],
  [/^ct state (?:\{([^}]*)\}|(\S+))/, 'state'],
  [/^counter( packets \d+ bytes \d+)?/, 'nothing'],
  [/^comment ("[^"]*"|\S+)/, 'nothing'],
  [/^accept/, 'accept'],
];

function readRule(
  text: string,
): NotUnderstood | Pick<Extract<Reading, { ports: unknown }>, 'families' | 'ports'> {
  const found = new Map<string, RegExpExecArray>();
  for (let rest = text.trim(); rest !== '';) {
    const [match, name] = firstOf(rest);
    if (match === undefined || name === undefined) return beyond(rest);
    if (name !== 'nothing' && found.has(name)) return beyond(match[0]);
    found.set(name, match);
    rest = rest.slice(match[0].length).trim();
  }
  const [source, port, state] = ['source', 'ports', 'state'].map((name) => found.get(name));
  if (source === undefined || !isKnocker(source[2]!)) return REASON.notOfKnocker;
  if (!found.has('accept')) return REASON.noAccept;
  if (port === undefined) return REASON.allPorts;
  if (state !== undefined && !/\bnew\b/.test(state[0])) return beyond(state[0]);
  const protocol = port[1] === 'udp' ? 'udp' : 'tcp';
  const ports = portList(port[2] ?? port[3]!, '-', [protocol]);
  return ports === undefined ? REASON.noPorts : { families: [source[1] === 'ip' ? 4 : 6], ports };
}

function firstOf(text: string): [RegExpExecArray?, string?] {
  for (const [pattern, name] of MATCHES) {
    const match = pattern.exec(text);
    if (match !== null) return [match, name];
  }
  return [];
}
