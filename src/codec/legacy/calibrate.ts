import type { LegacyProfile } from '../../door/encoded.ts';
import { HEADER_BYTES, legacyCipher, MAGIC } from './legacy-cipher.ts';
import { packFields, type LegacyValues } from './legacy-fields.ts';
import { fromOffsets, toOffsets } from './legacy-ports.ts';

/** One knock of a real client, and what is known of it. */
export interface Sample {
  readonly fields: LegacyProfile['fields'];
  readonly values: LegacyValues;
  /** Undefined: it was not encrypted. */
  readonly passphrase: string | undefined;
  /** The initialisation vector that the client was given, if any. */
  readonly iv: string | undefined;
  readonly spanPorts: number;
  readonly offsets: readonly number[];
}

/** Every profile under which a client would have sent just this knock. */
export function calibrate(sample: Sample): LegacyProfile[] {
  return profiles(sample).filter((profile) => sends(profile, sample));
}

const PORT_WIDTHS = ['big', 'little', 'byte', 'digits'] as const;
const CHECKSUMS = ['bytes', 'fields', 'xor', 'mod255'] as const;
const BIT_ORDERS = ['msb', 'lsb', 'integer'] as const;
const NULS = '\0'.repeat(8);

/** All there are for a sample; choices that change nothing in it are left at their first value. */
function profiles({ fields, passphrase, iv, spanPorts, offsets }: Sample): LegacyProfile[] {
  const ciphers = passphrase === undefined ? NONE : (['blowfish', 'rijndael', 'des'] as const);
  const orders = spanPorts === 256 ? (['msb'] as const) : BIT_ORDERS;
  return product(
    ciphers,
    orders,
    fields.includes('port') ? PORT_WIDTHS : (['big'] as const),
    fields.includes('checksum') ? CHECKSUMS : (['bytes'] as const),
    passphrase === undefined ? [true] : [true, false],
  ).flatMap(([cipher, bitOrder, portWidth, checksum, isKeyHashed]): LegacyProfile[] => {
    const rest = { fields, cipher, bitOrder, portWidth, checksum, isKeyHashed };
    if (cipher === 'none') return [{ ...rest, iv: NULS, hasHeader: false }];
    const sent = ivInHeader(offsets, spanPorts, bitOrder);
    if (sent !== undefined) return [{ ...rest, iv: sent, hasHeader: true }];
    const ivs = new Set([NULS, '0'.repeat(8), ...(iv === undefined ? [] : [iv])]);
    return [...ivs].map((each) => ({ ...rest, iv: each, hasHeader: false }));
  });
}

const NONE = ['none'] as const;

/** The vector in clear behind `RandomIV`, if the knock begins so. */
function ivInHeader(
  offsets: readonly number[],
  spanPorts: number,
  bitOrder: LegacyProfile['bitOrder'],
): string | undefined {
  const bytes = Math.floor((offsets.length * Math.log2(spanPorts)) / 8);
  for (let count = bytes; count > HEADER_BYTES && count > bytes - 2; count--) {
    const message = fromOffsets(offsets, count, spanPorts, bitOrder);
    if (message === undefined || MAGIC.compare(message.subarray(0, 8)) !== 0) continue;
    return Buffer.from(message.subarray(8, HEADER_BYTES)).toString('latin1');
  }
  return undefined;
}

function sends(
  profile: LegacyProfile,
  { values, passphrase, spanPorts, offsets }: Sample,
): boolean {
  try {
    const plain = packFields(values, profile);
    const bytes = legacyCipher(profile, passphrase ?? '').encrypt(plain);
    const sent = toOffsets(bytes, spanPorts, profile.bitOrder);
    return sent.length === offsets.length && sent.every((each, at) => each === offsets[at]);
  } catch (error) {
    if (error instanceof RangeError) return false; // a key of the wrong length
    throw error;
  }
}

function product<A, B, C, D, E>(
  as: readonly A[],
  bs: readonly B[],
  cs: readonly C[],
  ds: readonly D[],
  es: readonly E[],
): [A, B, C, D, E][] {
  return as.flatMap((a) =>
    bs.flatMap((b) =>
      cs.flatMap((c) => ds.flatMap((d) => es.map((e): [A, B, C, D, E] => [a, b, c, d, e]))),
    ),
  );
}
