import { KeyFileError, readKeyFile, readPassphrase, readSecret } from '../codec/key-file.ts';
import { legacyCipher } from '../codec/legacy/legacy-cipher.ts';
import { messageBytes, sealedLayout } from '../codec/sealed-key.ts';
import {
  LARGEST_PING,
  type Encoded,
  type LegacyKnock,
  type OneTimeKnock,
  type SealedKnock,
} from '../door/encoded.ts';
import { spanSize } from '../door/span.ts';
import { smallestSpan } from '../door/symbols.ts';
import type { DoorDraft, EncodedForm, OneTimeCode } from './drafts.ts';
import type { Report } from './report.ts';

/** What making an encoded knock needs to know besides its section. */
interface Context {
  readonly isCompat: boolean;
  readonly resolve: (path: string) => string;
}

/** The knock that a section's `encoded`, or its `totp` or `hotp`, describes; its files were looked at. */
export function toEncoded(draft: DoorDraft, context: Context, report: Report): Encoded | undefined {
  if (context.isCompat) return refuse(draft, 'compat = knockd knows sequences alone', report);
  if (!fitsPackets(draft, report)) return undefined;
  const { encoded, oneTimeCode } = draft;
  const others = [draft.sequence, draft.oneTimeSequences, oneTimeCode, encoded];
  if (others.filter((each) => each !== undefined).length > 1) {
    return refuse(draft, 'has two knocks: one of them must go', report);
  }
  const cooldown = draft.places.get('cooldown');
  if (cooldown !== undefined) {
    report.warning(
      cooldown,
      'CONFIG_ENCODED',
      'cooldown means nothing here: each knock is good once',
    );
  }
  if (oneTimeCode === 'wrong') return undefined;
  if (oneTimeCode !== undefined) return toCode(draft, oneTimeCode, context, report);
  return encoded!.kind === 'sealed'
    ? toSealed(draft, context, report)
    : toLegacy(draft, encoded!, context, report);
}

/** Pings of sizes that need fragments are none that anybody could read. */
function fitsPackets(
  { carrier, span = [], oneTimeCode, places, title }: DoorDraft,
  report: Report,
): boolean {
  if (carrier !== 'icmp') return true;
  const code = typeof oneTimeCode === 'object' ? [oneTimeCode.range] : [];
  if ([...span, ...code].every(({ to }) => to <= LARGEST_PING)) return true;
  const at = places.get('span') ?? places.get('Sequence') ?? title;
  const message = `pings of more than ${LARGEST_PING} bytes fit into no packet`;
  report.error(at, 'CONFIG_OUT_OF_RANGE', message, { hint: 'like span = 100-355' });
  return false;
}

function toSealed(draft: DoorDraft, { resolve }: Context, report: Report): SealedKnock | undefined {
  const { span, keyFile, knockAddress } = draft;
  if (span === undefined) return refuse(draft, 'has no span', report);
  if (keyFile === undefined) return refuse(draft, 'has no keys', report);
  if (sealedLayout(spanSize(span), knockAddress!) === undefined) {
    const least = smallestSpan(messageBytes(knockAddress!) * 8);
    const at = draft.places.get('span')!;
    const message = `a span of ${spanSize(span)} ports is too small: ${least} at least`;
    return report.error(at, 'CONFIG_ENCODED', message);
  }
  const path = resolve(keyFile);
  if (!isReadable(draft, 'keys', () => readKeyFile(path), report)) return undefined;
  return {
    kind: 'sealed',
    carrier: draft.carrier!,
    span,
    maxQueues: draft.maxQueues!,
    keyFile: path,
    windowSeconds: draft.clockWindowSeconds!,
    address: knockAddress!,
    longestSeconds: draft.longestSeconds ?? draft.openForSeconds!,
  };
}

function toCode(
  draft: DoorDraft,
  { kind, secretFile, ports, range }: OneTimeCode,
  { resolve }: Context,
  report: Report,
): OneTimeKnock | undefined {
  const path = resolve(secretFile);
  if (!isReadable(draft, 'Sequence', () => readSecret(path), report)) return undefined;
  return {
    kind,
    carrier: draft.carrier!,
    span: [range],
    maxQueues: draft.maxQueues!,
    secretFile: path,
    ports,
    periodSeconds: draft.codePeriodSeconds!,
    drift: draft.codeDrift ?? (kind === 'totp' ? 1 : 10),
  };
}

function toLegacy(
  draft: DoorDraft,
  { fields }: EncodedForm & { readonly kind: 'legacy' },
  { resolve }: Context,
  report: Report,
): LegacyKnock | undefined {
  const { span, passphraseFile, legacy = {} } = draft;
  const at = draft.places.get('encoded')!;
  if (span === undefined) return refuse(draft, 'has no span', report);
  const size = spanSize(span);
  if (size < 256 || Math.log2(size) % 1 !== 0) {
    const message = `a legacy span has 256, 512, 1024, ... ports, not ${size}`;
    return report.error(draft.places.get('span')!, 'CONFIG_ENCODED', message);
  }
  const path = passphraseFile === undefined ? undefined : resolve(passphraseFile);
  const cipher = path === undefined ? 'none' : (legacy.cipher ?? 'blowfish');
  const profile = { ...LIKELIEST, ...legacy, cipher, fields };
  const tryKey = (): unknown => path && legacyCipher(profile, readPassphrase(path));
  if (!isReadable(draft, 'passphrase', tryKey, report)) return undefined;
  const weakness =
    cipher === 'none'
      ? 'anybody can make a legacy knock that has no cipher'
      : 'a legacy knock can be replayed, and nothing but padding and a checksum proves it';
  report.warning(at, 'CONFIG_ENCODED', weakness, { hint: 'encoded = sealed is safe' });
  return {
    kind: 'legacy',
    carrier: draft.carrier!,
    span,
    maxQueues: draft.maxQueues!,
    address: draft.knockAddress!,
    profile,
    ...(path === undefined ? {} : { passphraseFile: path }),
  };
}

/** The first guess at everything that the description of 2004 leaves open. */
export const LIKELIEST: Omit<LegacyKnock['profile'], 'fields'> = {
  cipher: 'blowfish',
  iv: '\0\0\0\0\0\0\0\0',
  hasHeader: false,
  portWidth: 'big',
  checksum: 'bytes',
  bitOrder: 'msb',
  isKeyHashed: true,
};

/** Whether a file of secrets can be used; why not is reported at the directive that names it. */
function isReadable(
  { places, title }: DoorDraft,
  directive: string,
  read: () => unknown,
  report: Report,
): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (!(error instanceof KeyFileError || error instanceof RangeError)) throw error;
    report.error(places.get(directive) ?? title, 'CONFIG_KEY_FILE', error.message);
    return false;
  }
}

function refuse({ name, title, places }: DoorDraft, why: string, report: Report): undefined {
  const at = places.get('encoded') ?? places.get('Sequence') ?? title;
  return report.error(at, 'CONFIG_ENCODED', `door "${name}": ${why}`);
}
