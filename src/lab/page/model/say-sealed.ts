import { sealedSaying, sealedWords } from '../../../client/encode.ts';
import { readKeyFile, type ClientKey } from '../../../codec/key-file.ts';
import type { SealedContent } from '../../../codec/sealed-message.ts';
import { messageBytes } from '../../../codec/sealed-key.ts';
import type { Terms } from '../../../codec/terms.ts';
import { parseDuration } from '../../../config/values.ts';
import type { Door } from '../../../door/door.ts';
import type { AddressRule, SealedKnock } from '../../../door/encoded.ts';
import { portAt } from '../../../door/span.ts';
import { fromSymbols, type BitLayout } from '../../../door/symbols.ts';
import type { Address } from '../../../tuple/address.ts';
import type { KnockForm } from './knock-form.ts';
import { FormError, type Hit, type Part, type Saying, type Stage } from './saying.ts';

/** A sealed knock, from its fields to its ports. */
export function saySealed(
  form: KnockForm,
  { name }: Door,
  { span, carrier, address: rule, keyFile }: SealedKnock,
  address: Address,
  timeMs: number,
): Saying {
  const [{ key }] = readKeyFile(keyFile) as [ClientKey];
  const door = { name, key, span, carrier, rule };
  const prefix = numberIn(form.prefix, 'the prefix', address.family === 4 ? 32 : 128);
  const salt = numberIn(form.salt, 'the salt', 65_535);
  const order = {
    address,
    terms: termsIn(form.terms),
    ...(prefix === undefined ? {} : { prefix }),
    ...(salt === undefined ? {} : { salt }),
  };
  const { content, layout, values } = sealedSaying(door, order, timeMs);
  const { places, bits } = layout;
  const hits = values.map((value, place): Hit => ({
    protocol: carrier,
    port: portAt(span, place * layout.values + value),
    meaning: `place ${place} of ${places}, ${bits} bits: ${value.toString(2).padStart(bits, '0')}`,
  }));
  return { stages: sealedStages(content, values, layout, rule), hits };
}

/** What a sealed message says, and its bytes as they lie on the span. */
export function sealedStages(
  content: SealedContent,
  values: ArrayLike<number>,
  layout: BitLayout,
  rule: AddressRule,
): Stage[] {
  const message = new Uint8Array(messageBytes(rule));
  fromSymbols(values, layout, message);
  const words = sealedWords(content, { rule });
  const part = (hue: number, label: string, from: number, to: number, meaning: string): Part => ({
    name: label,
    bytes: message.slice(from, to),
    meaning,
    hue,
  });
  const said: Part[] = [
    { name: 'asks for', bytes: Uint8Array.of(content.terms), meaning: words.terms, hue: 3 },
    { name: 'prefix', bytes: Uint8Array.of(content.prefix), meaning: words.prefix, hue: 4 },
    { name: 'address', bytes: addressBytes(content, rule), meaning: words.address, hue: 5 },
  ];
  const end = message.length - SEAL_BYTES;
  const sealed: Part[] = [
    part(0, 'check', 0, 2, 'keyed, over all symbols: garbage is told by it before any cipher'),
    part(1, 'time', 2, 4, words.time),
    part(2, 'salt', 4, 6, words.salt),
    part(3, 'asks for', 6, 7, 'encrypted'),
    part(4, 'prefix', 7, 8, 'encrypted'),
    ...(rule === 'stated' ? [part(5, 'address', 8, end, 'encrypted')] : []),
    part(6, 'seal', end, message.length, 'AES-256-CCM’s tag over all of it, and the door’s name'),
  ];
  return [
    { title: 'What is encrypted', parts: said },
    { title: 'The sealed message', parts: sealed },
  ];
}

const SEAL_BYTES = 8;

function addressBytes({ address }: SealedContent, rule: AddressRule): Uint8Array {
  if (address === undefined || rule !== 'stated') return new Uint8Array();
  return Uint8Array.from(
    address.words.flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255)),
  );
}

/** Nothing: the door's own time. `5m`, `close`, `#2`. */
function termsIn(text: string): Terms {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return { kind: 'open', openForSeconds: undefined };
  if (wanted === 'close') return { kind: 'close' };
  const [, place] = /^#(\d{1,2})$/.exec(wanted) ?? [];
  if (place !== undefined && +place >= 1 && +place <= 23) {
    return { kind: 'offer', place: Number(place) - 1 };
  }
  const seconds = parseDuration(wanted);
  if (seconds !== undefined && seconds > 0) return { kind: 'open', openForSeconds: seconds };
  throw new FormError(`“${text}” asks for nothing: write 5m, close or #2, or leave it empty`);
}

function numberIn(text: string, what: string, most: number): number | undefined {
  if (text.trim() === '') return undefined;
  const number = Number(text);
  if (/^\s*\d{1,5}\s*$/.test(text) && number <= most) return number;
  throw new FormError(`${what} is a number from 0 to ${most}, not “${text}”`);
}
