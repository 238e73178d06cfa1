import { codeCodec } from '../../../codec/code-codec.ts';
import { readKeyFile, readPassphrase, readSecret } from '../../../codec/key-file.ts';
import { legacyCipher } from '../../../codec/legacy/legacy-cipher.ts';
import { fieldBytes, unpackFields } from '../../../codec/legacy/legacy-fields.ts';
import { fromOffsets, portCount } from '../../../codec/legacy/legacy-ports.ts';
import { codeLayout } from '../../../codec/one-time-code.ts';
import { sealedKey, sealedLayout, type SealedKey } from '../../../codec/sealed-key.ts';
import { unseal } from '../../../codec/sealed-message.ts';
import type { Door } from '../../../door/door.ts';
import type { LegacyKnock, OneTimeKnock, SealedKnock } from '../../../door/encoded.ts';
import { offsetIn, spanSize } from '../../../door/span.ts';
import type { SymbolLayout } from '../../../door/symbols.ts';
import type { Address } from '../../../tuple/address.ts';
import type { Sighting } from './decode.ts';
import { legacyStages } from './say-legacy.ts';
import { sealedStages } from './say-sealed.ts';
import type { Stage } from './saying.ts';

/** A message that was read, or what it lacks. */
export interface Reading {
  readonly stages: readonly Stage[];
  /** What a knock that was not understood lacks. */
  readonly lacks: readonly string[];
}

/** Reads what lies on these ports, by the codecs, for people. */
export function readKnock({ door, ports, source, timeMs }: Sighting): Reading {
  const { encoded } = door;
  if (encoded === undefined)
    return { stages: [], lacks: ['these ports are not the door’s sequence'] };
  const offsets = ports.map(({ port }) => offsetIn(encoded.span, port)).filter((at) => at >= 0);
  const strays = ports.length - offsets.length;
  const off = strays === 0 ? [] : [`${strays} of the ports do not lie on the span`];
  const { stages, lacks } = readOn(offsets, door, source, timeMs);
  return { stages, lacks: [...off, ...lacks] };
}

function readOn(offsets: readonly number[], door: Door, source: Address, timeMs: number): Reading {
  const encoded = door.encoded!;
  switch (encoded.kind) {
    case 'sealed':
      return readSealed(offsets, door, encoded, source, Math.floor(timeMs / 1000));
    case 'legacy':
      return readLegacy(offsets, encoded);
    case 'totp':
    case 'hotp':
      return readCode(offsets, door, encoded, Math.floor(timeMs / 1000));
  }
}

function readSealed(
  offsets: readonly number[],
  { name }: Door,
  knock: SealedKnock,
  source: Address,
  seconds: number,
): Reading {
  const layout = sealedLayout(spanSize(knock.span), knock.address)!;
  const { values, empty } = byPlace(offsets, layout);
  if (empty.length > 0) return { stages: [], lacks: [placesText(empty, layout)] };
  for (const { key } of readKeyFile(knock.keyFile)) {
    const made = sealedKey(key, name, layout);
    if (checkOf(values, made, layout) !== 0) continue;
    const content = unseal(values, made, knock.address, layout, source, seconds);
    if (content === undefined) continue;
    return { stages: sealedStages(content, values, layout, knock.address), lacks: [] };
  }
  return {
    stages: [],
    lacks: ['all places have a symbol, and no message of this key is among them'],
  };
}

/** Of a message that was made with this key, the shares of all symbols cancel out. */
function checkOf(
  values: readonly number[],
  { shares }: SealedKey,
  { values: size }: SymbolLayout,
): number {
  return values.reduce((sum, value, place) => sum ^ shares[place * size + value]!, 0);
}

function readLegacy(
  offsets: readonly number[],
  { profile, span, passphraseFile }: LegacyKnock,
): Reading {
  const size = spanSize(span);
  const cipher = legacyCipher(
    profile,
    passphraseFile === undefined ? '' : readPassphrase(passphraseFile),
  );
  const count = cipher.length(fieldBytes(profile));
  const wanted = portCount(count, size);
  const lack = (why: string): Reading => ({ stages: [], lacks: [why] });
  if (offsets.length < wanted)
    return lack(`${offsets.length} ports on the span; a knock has ${wanted}`);
  const bytes = fromOffsets(offsets.slice(-wanted), count, size, profile.bitOrder);
  if (bytes === undefined)
    return lack('bits behind the message are not 0: another order of bits, or no knock');
  const plain = cipher.decrypt(bytes);
  if (plain === undefined)
    return lack('header or padding is not right: another key or cipher, or no knock');
  const values = unpackFields(plain, profile);
  if (values === undefined)
    return lack('length or checksum is not right: another key or other fields, or no knock');
  return { stages: legacyStages(values, plain, bytes, profile), lacks: [] };
}

function readCode(
  offsets: readonly number[],
  door: Door,
  knock: OneTimeKnock,
  seconds: number,
): Reading {
  const layout = codeLayout(knock);
  const { values, empty } = byPlace(offsets, layout);
  if (empty.length > 0) return { stages: [], lacks: [placesText(empty, layout)] };
  const codec = codeCodec(door, knock, readSecret(knock.secretFile), () => -1);
  const code = codec
    .codesAt(seconds)
    .find((each) => each.values.every((value, place) => value === values[place]));
  if (code === undefined)
    return { stages: [], lacks: ['no code that is in force has these ports'] };
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(code.ticket.number));
  const part = { name: 'counter', bytes, meaning: `number ${code.ticket.number}`, hue: 1 };
  return { stages: [{ title: 'The counter', parts: [part] }], lacks: [] };
}

/** The newest value of each place, and the places that have none. */
function byPlace(
  offsets: readonly number[],
  { places, values: size }: SymbolLayout,
): { values: number[]; empty: number[] } {
  const values: number[] = Array.from({ length: places }, () => -1);
  for (const offset of offsets) {
    const place = Math.floor(offset / size);
    if (place < places) values[place] = offset % size;
  }
  return { values, empty: values.flatMap((value, place) => (value < 0 ? [place] : [])) };
}

function placesText(empty: readonly number[], { places }: SymbolLayout): string {
  const shown = empty.slice(0, 8).join(', ');
  const more = empty.length > 8 ? ` and ${empty.length - 8} more` : '';
  return `of ${places} places, ${empty.length} have no symbol: ${shown}${more}`;
}
