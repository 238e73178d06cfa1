import type { Address } from '../../tuple/address.ts';
import { PROTOCOL } from '../../tuple/protocol.ts';
import type { NftTransaction } from './addon.ts';
import { after, type AddressRange } from './address-range.ts';
import type { KeptSets } from './kept-sets.ts';
import { writeRanges } from './range-sets.ts';
import {
  COLLECT_INTERVAL_MS,
  DEFAULT_TIMEOUT_MS,
  KEY,
  type Chain,
  type ConstantSet,
  type Match,
  type RangeSet,
  type Rule,
  type Service,
  type Table,
  type TableSet,
  type Verdict,
} from './table.ts';

export interface TableFlags {
  /** Those of the table that is there, 0 if none is: a table that has lost its owner is claimed by them. */
  readonly found: number;
  readonly wanted: number;
}

/** Tells a transaction to make a table, in place of one of the same name that may be there. */
export function writeTable(
  transaction: NftTransaction,
  table: Table,
  { found, wanted }: TableFlags,
  kept?: KeptSets,
): void {
  if (kept === undefined) replaceTable(transaction, found, wanted);
  else emptyTable(transaction, kept);
  for (const set of table.sets) {
    if (set.kind === 'ranges') writeRanges(transaction, set, kept?.ranges.get(set.name));
    else if (kept?.grants.has(set.name) !== true) writeSet(transaction, set);
  }
  for (const chain of table.chains) writeChain(transaction, chain);
  for (const { name, rules } of table.chains) {
    for (const rule of rules) writeRule(transaction, name, rule);
  }
}

/** Made first, so that the deletion finds one; what counts is the state after the whole. */
function replaceTable(transaction: NftTransaction, found: number, wanted: number): void {
  transaction.createTable(found);
  transaction.deleteTable();
  transaction.createTable(wanted);
}

/** Leaves nothing of it but the sets that are kept. */
function emptyTable(transaction: NftTransaction, { chains, sets }: KeptSets): void {
  transaction.deleteRules();
  for (const name of chains) transaction.deleteChain(name);
  for (const name of sets) transaction.deleteSet(name);
}

function writeSet(transaction: NftTransaction, set: Exclude<TableSet, RangeSet>): void {
  if (set.kind === 'shut') {
    transaction.createIntervalSet(set.name, set.family === 4 ? 0 : 1, true, true);
    return;
  }
  if (set.kind === 'grants') {
    const { name, key, size } = set;
    transaction.createSet(name, key, false, size, DEFAULT_TIMEOUT_MS, COLLECT_INTERVAL_MS, false);
    return;
  }
  if (set.kind === 'live') {
    const { name, key, size, idleMs } = set;
    transaction.createSet(name, key, false, size, idleMs, COLLECT_INTERVAL_MS, true);
    return;
  }
  if (set.kind === 'timed services') {
    transaction.createSet(set.name, set.key, false, 0, DEFAULT_TIMEOUT_MS, 0, false);
    return;
  }
  transaction.createSet(set.name, constantKey(set), set.kind === 'networks', 0, 0, 0, false);
  for (const { key, isEnd } of constants(set)) transaction.addConstant(set.name, key, isEnd);
}

function constantKey(set: ConstantSet): number {
  if (set.kind === 'networks') return set.family === 4 ? KEY.address4 : KEY.address6;
  if (set.kind === 'services') return KEY.protocolPort;
  return set.kind === 'ports' ? KEY.port : KEY.interface;
}

interface Constant {
  readonly key: Uint8Array;
  readonly isEnd: boolean;
}

function constants(set: ConstantSet): Constant[] {
  switch (set.kind) {
    case 'ports':
      return set.ports.map((port) => ({ key: Uint8Array.of(port >> 8, port), isEnd: false }));
    case 'services':
      return set.services.map((service) => ({ key: serviceBytes(service), isEnd: false }));
    case 'interfaces':
      return set.names.map((name) => ({ key: interfaceBytes(name), isEnd: false }));
    case 'networks':
      return set.ranges.flatMap(bounds);
  }
}

// An interval is two elements: its first address, and the address behind its last one.
function bounds({ first, last }: AddressRange): Constant[] {
  const start = { key: addressBytes(first), isEnd: false };
  const behind = after(last);
  return behind === undefined ? [start] : [start, { key: addressBytes(behind), isEnd: true }];
}

function addressBytes({ family, words }: Address): Uint8Array {
  const used = family === 4 ? words.slice(3) : words;
  return Uint8Array.from(used.flatMap((word) => [word >>> 24, word >>> 16, word >>> 8, word]));
}

/** Each part of a key fills words of four bytes. */
export function serviceBytes({ protocol, port }: Service): Uint8Array {
  return Uint8Array.of(protocol, 0, 0, 0, port >> 8, port, 0, 0);
}

const INTERFACE_NAME_SIZE = 16;

function interfaceBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(INTERFACE_NAME_SIZE);
  new TextEncoder().encodeInto(name, bytes);
  return bytes;
}

function writeChain(transaction: NftTransaction, { name, hook }: Chain): void {
  if (hook === undefined) transaction.createChain(name);
  else transaction.createBaseChain(name, hook.at, hook.priority);
}

function writeRule(transaction: NftTransaction, chain: string, rule: Rule): void {
  transaction.openRule(chain);
  for (const match of rule.matches) writeMatch(transaction, match);
  writeVerdict(transaction, rule.verdict);
  transaction.closeRule(rule.comment ?? '');
}

function writeMatch(transaction: NftTransaction, match: Match): void {
  switch (match.kind) {
    case 'ports':
      return transaction.matchPorts(PROTOCOL[match.protocol], match.from, match.to);
    case 'port set':
      return transaction.matchPortSet(PROTOCOL[match.protocol], match.set);
    case 'not new tcp':
      return transaction.matchNotNewTcp();
    case 'loopback':
      return transaction.matchLoopback();
    case 'other interfaces':
      return transaction.matchOtherInterfaces(match.set);
    case 'local target':
      return transaction.matchLocalTarget();
    case 'target':
      return transaction.matchTarget(addressBytes(match.address));
    case 'service':
      return transaction.matchService(match.set, match.isNot);
    case 'source':
      transaction.matchSource(match.set, match.key, match.prefix);
      if (match.live !== undefined) transaction.matchAndRenew(match.live);
      return;
  }
}

function writeVerdict(transaction: NftTransaction, verdict: Verdict): void {
  switch (verdict.kind) {
    case 'accept':
      return transaction.accept();
    case 'counter drop':
      transaction.count();
      return transaction.drop();
    case 'send on':
      return transaction.sendOn(addressBytes(verdict.address), verdict.port);
    case 'mark':
      return transaction.mark(verdict.bits);
    case 'goto':
      return transaction.goto(verdict.chain);
  }
}
