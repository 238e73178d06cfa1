import { parseAddress, type Address } from '../../tuple/address.ts';
import { TRAIT } from '../../tuple/batch.ts';
import { TCP_FLAG } from '../../tuple/flags.ts';
import { PROTOCOL } from '../../tuple/protocol.ts';
import type { LogRecord } from './log-record.ts';
import type { PatternGroups } from './patterns.ts';

/** The names that groups of an expression may have; the first two must be there. */
export const PATTERN_GROUPS = [
  'source',
  'port',
  'protocol',
  'target',
  'sourceport',
  'flags',
] as const;

const NOWHERE: Address['words'] = [0, 0, 0, 0];
const TRANSPORTS: Readonly<Record<string, number>> = {
  tcp: PROTOCOL.tcp,
  udp: PROTOCOL.udp,
  '6': PROTOCOL.tcp,
  '17': PROTOCOL.udp,
};

/**
 * Fills a record with what an expression has found. Without a protocol it is TCP, without flags a SYN,
 * and without a target it was for this host. False: that is no packet.
 */
export function fillFromPattern(
  groups: PatternGroups,
  targets: readonly Address[],
  record: LogRecord,
): boolean {
  const source = parseAddress(groups['source'] ?? '');
  const port = numberOf(groups['port']);
  const protocol = TRANSPORTS[(groups['protocol'] ?? 'tcp').toLowerCase()];
  if (source === undefined || port === undefined || protocol === undefined) return false;
  const target = targetOf(groups['target'], source, targets);
  const sourcePort = numberOf(groups['sourceport'] ?? '0');
  if (target === undefined || sourcePort === undefined) return false;
  const { tuple } = record;
  tuple.source.set(source.words);
  tuple.target.set(target);
  tuple.traits = TRAIT.complete | (source.family === 6 ? TRAIT.ipv6 : TRAIT.ipv4);
  tuple.protocol = protocol;
  tuple.port = port;
  tuple.sourcePort = sourcePort;
  if (protocol === PROTOCOL.tcp) tuple.flags = flagsOf(groups['flags'] ?? 'syn');
  return true;
}

function numberOf(text: string | undefined): number | undefined {
  const isPort = text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 0xffff;
  return isPort ? Number(text) : undefined;
}

function targetOf(
  text: string | undefined,
  { family }: Address,
  targets: readonly Address[],
): Address['words'] | undefined {
  if (text === undefined) {
    return targets.find((address) => address.family === family)?.words ?? NOWHERE;
  }
  const target = parseAddress(text);
  return target?.family === family ? target.words : undefined;
}

/** `SYN,ACK`, or with blanks. */
function flagsOf(text: string): number {
  const words = text.toLowerCase().split(/[^a-z]+/);
  return Object.entries(TCP_FLAG).reduce(
    (flags, [name, bit]) => (words.includes(name) ? flags | bit : flags),
    0,
  );
}
