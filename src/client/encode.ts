import { randomBytes } from 'node:crypto';
import { codePorts, counterAt } from '../codec/one-time-code.ts';
import { readSecret } from '../codec/key-file.ts';
import { sealedKey, sealedLayout } from '../codec/sealed-key.ts';
import { seal, type SealedContent } from '../codec/sealed-message.ts';
import { termsByte, termsOf, type Terms } from '../codec/terms.ts';
import type { AddressRule, Carrier, OneTimeKnock, PortRange } from '../door/encoded.ts';
import { portAt, spanSize } from '../door/span.ts';
import type { BitLayout } from '../door/symbols.ts';
import { formatAddress, type Address } from '../tuple/address.ts';
import type { KnockStep } from './knock.ts';

/** What a client must know of a door with sealed knocks. */
export interface SealedDoor {
  /** As the server's configuration calls it: the name is in the seal. */
  readonly name: string;
  readonly key: Uint8Array;
  readonly span: readonly PortRange[];
  readonly carrier: Carrier;
  readonly rule: AddressRule;
  /** What the door offers, in its order. */
  readonly actions?: readonly string[];
}

/** A knock to send, and what it says, for people. */
export interface EncodedKnock {
  readonly steps: readonly KnockStep[];
  readonly fields: readonly (readonly [name: string, meaning: string])[];
}

/** What a sealed knock is to say. */
export interface SealedOrder {
  /** Who is to be let in. */
  readonly address: Address;
  readonly terms: Terms;
  /** Length of the prefix that it asks for; default 0, one address or what the door gives. */
  readonly prefix?: number;
  /** Default: drawn anew. */
  readonly salt?: number;
}

/** A sealed knock before it is laid on ports. */
export interface SealedSaying {
  readonly content: SealedContent;
  readonly layout: BitLayout;
  /** Of its symbols, by place. */
  readonly values: readonly number[];
}

/** Seals what a knock says. Throws a RangeError where the span has no room for it. */
export function sealedSaying(
  { name, key, span, rule }: SealedDoor,
  { address, terms, prefix = 0, salt = randomBytes(2).readUInt16BE() }: SealedOrder,
  nowMs: number,
): SealedSaying {
  const layout = sealedLayout(spanSize(span), rule);
  if (layout === undefined) throw new RangeError(`no sealed knock lies on ${spanSize(span)} ports`);
  const seconds = Math.floor(nowMs / 1000);
  const content = { seconds, salt, terms: termsByte(terms), prefix, address };
  return { content, layout, values: seal(content, sealedKey(key, name, layout), rule, layout) };
}

/** A fresh sealed knock. No two are the same. */
export function sealedKnock(
  door: SealedDoor,
  order: SealedOrder,
  nowMs: number = Date.now(),
): EncodedKnock {
  const { name, span, carrier } = door;
  const { content, layout, values } = sealedSaying(door, order, nowMs);
  const steps = values.map((value, place) => ({
    port: portAt(span, place * layout.values + value),
    protocol: carrier,
  }));
  const { time, salt, terms, prefix, address } = sealedWords(content, door);
  const fields = [
    ['door', `${name}, which the seal is made for`],
    ['time', time],
    ['salt', salt],
    ['asks for', terms],
    ...(content.prefix === 0 ? [] : [['prefix', prefix] as const]),
    ['address', address],
    ['on the span', `${values.length} packets, each one of ${layout.values} values at its place`],
  ] as const;
  return { steps, fields };
}

/** What each field of a sealed knock means, for people. */
export function sealedWords(
  { seconds, salt, terms, prefix, address }: SealedContent,
  { rule, actions }: Pick<SealedDoor, 'rule' | 'actions'>,
): Readonly<Record<'time' | 'salt' | 'terms' | 'prefix' | 'address', string>> {
  const at = new Date(seconds * 1000).toISOString().slice(0, -5);
  return {
    time: `${at}Z, sent as ${seconds % 65_536}`,
    salt: `${salt}, so that two knocks of one second differ`,
    terms: termsText(terms, actions),
    prefix: prefix === 0 ? 'none: one address, or what the door gives' : `a network of /${prefix}`,
    address: addressText(rule, address),
  };
}

/** The code that is in force now. */
export function codeKnock(knock: OneTimeKnock, nowMs: number = Date.now()): EncodedKnock {
  const counter = counterAt(nowMs / 1000, knock);
  const ports = codePorts(knock, readSecret(knock.secretFile), counter);
  const from = new Date(counter * knock.periodSeconds * 1000).toISOString().slice(0, -5);
  return {
    steps: ports.map((port) => ({ port, protocol: knock.carrier })),
    fields: [['code', `number ${counter}, in force for ${knock.periodSeconds} s from ${from}Z on`]],
  };
}

function termsText(byte: number, actions: readonly string[] = []): string {
  const terms = termsOf(byte);
  if (terms === undefined) return 'nothing that is known';
  if (terms.kind === 'close') return 'the door to close again';
  if (terms.kind === 'offer') {
    const name = actions[terms.place];
    return `action ${name ?? ''}${name === undefined ? '' : ', '}number ${terms.place + 1} of those that the door offers`;
  }
  const { openForSeconds } = terms;
  return openForSeconds === undefined
    ? 'the door to open, for as long as it does by itself'
    : `the door to open for ${openForSeconds} s, if it may for so long`;
}

function addressText(rule: AddressRule, address: Address | undefined): string {
  const text = address === undefined ? '' : formatAddress(address);
  switch (rule) {
    case 'agree':
      return `${text}, in the seal; the packets must come from there`;
    case 'observed':
      return 'none: it opens for where the packets come from';
    case 'stated':
      return `${text}, encrypted; the packets may come from anywhere`;
  }
}
