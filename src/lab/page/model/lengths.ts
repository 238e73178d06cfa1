import { encryptedLength } from '../../../codec/legacy/legacy-cipher.ts';
import { fieldBytes } from '../../../codec/legacy/legacy-fields.ts';
import { portCount } from '../../../codec/legacy/legacy-ports.ts';
import { sealedLayout } from '../../../codec/sealed-key.ts';
import type { LegacyProfile } from '../../../door/encoded.ts';

/** A table for people: packets of a knock by the size of its span. */
export interface LengthTable {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const SIZES = [256, 512, 1024, 4096, 16_384, 32_768] as const;

/** A sealed knock's: a span that is too small has none. */
export function sealedLengths(): LengthTable {
  const packets = (ports: number, rule: 'agree' | 'stated'): string =>
    String(sealedLayout(ports, rule)?.places ?? '–');
  return {
    caption: 'Packets of a sealed knock',
    head: ['ports of the span', 'agree, observed', 'stated'],
    rows: [...SIZES, 65_535].map((ports) => [
      ports.toLocaleString('en'),
      packets(ports, 'agree'),
      packets(ports, 'stated'),
    ]),
  };
}

/** Bytes of messages by which the original's page counts. */
const EXAMPLES = [7, 15, 23] as const;

/** A legacy knock's, for this profile's own message and for those of the original's page. */
export function legacyLengths(profile: LegacyProfile): LengthTable {
  const own = fieldBytes(profile);
  const vectors = profile.cipher === 'none' ? [false] : [false, true];
  const columns = vectors.flatMap((hasHeader) => {
    return [own, ...EXAMPLES].map((bytes) => {
      return { hasHeader, bytes, sent: encryptedLength({ ...profile, hasHeader }, bytes) };
    });
  });
  return {
    caption: 'Packets of a legacy knock, by the bytes of its fields',
    head: [
      'ports of the span',
      ...columns.map(({ hasHeader, bytes }, at) => {
        const what = at % (EXAMPLES.length + 1) === 0 ? `these ${bytes}` : `${bytes}`;
        return hasHeader ? `${what}, with a vector` : what;
      }),
    ],
    rows: SIZES.map((ports) => [
      ports.toLocaleString('en'),
      ...columns.map(({ sent }) => String(portCount(sent, ports))),
    ]),
  };
}
