import { randomBytes } from 'node:crypto';
import { codePorts, counterAt } from '../codec/one-time-code.ts';
import { readSecret } from '../codec/key-file.ts';
import { sealedKey, sealedLayout } from '../codec/sealed-key.ts';
import { seal } from '../codec/sealed-message.ts';
import { termsByte, termsOf, type Terms } from '../codec/terms.ts';
import type { AddressRule, Carrier, OneTimeKnock, PortRange } from '../door/encoded.ts';
import { portAt, spanSize } from '../door/span.ts';
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
}

/** A knock to send, and what it says, for people. */
export interface EncodedKnock {
  readonly steps: readonly KnockStep[];
  readonly fields: readonly (readonly [name: string, meaning: string])[];
}

/** A fresh sealed knock. No two are the same. */
export function sealedKnock(
  door: SealedDoor,
  address: Address,
  terms: Terms,
  nowMs: number = Date.now(),
): EncodedKnock {
  const { name, key, span, carrier, rule } = door;
  const layout = sealedLayout(spanSize(span), rule);
  if (layout === undefined) throw new RangeError(`no sealed knock lies on ${spanSize(span)} ports`);
  const seconds = Math.floor(nowMs / 1000);
  const salt = randomBytes(2).readUInt16BE();
  const byte = termsByte(terms);
  const content = { seconds, salt, terms: byte, prefix: 0, address };
  const values = seal(content, sealedKey(key, name, layout), rule, layout);
  const steps = values.map((value, place) => ({
    port: portAt(span, place * layout.values + value),
    protocol: carrier,
  }));
  const fields = [
    ['door', `${name}, which the seal is made for`],
    [
      'time',
      `${new Date(seconds * 1000).toISOString().slice(0, -5)}Z, sent as ${seconds % 65_536}`,
    ],
    ['salt', `${salt}, so that two knocks of one second differ`],
    ['asks for', termsText(byte)],
    ['address', addressText(rule, address)],
    ['on the span', `${values.length} packets, each one of ${layout.values} values at its place`],
  ] as const;
  return { steps, fields };
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

function termsText(byte: number): string {
  const terms = termsOf(byte)!;
  if (terms.kind === 'close') return 'the door to close again';
  const { openForSeconds } = terms;
  return openForSeconds === undefined
    ? 'the door to open, for as long as it does by itself'
    : `the door to open for ${openForSeconds} s, if it may for so long`;
}

function addressText(rule: AddressRule, address: Address): string {
  const text = formatAddress(address);
  switch (rule) {
    case 'agree':
      return `${text}, in the seal; the packets must come from there`;
    case 'observed':
      return 'none: it opens for where the packets come from';
    case 'stated':
      return `${text}, encrypted; the packets may come from anywhere`;
  }
}
