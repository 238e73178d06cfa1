import type { Door } from '../door/door.ts';
import type { Encoded } from '../door/encoded.ts';
import type { Codec, CodecOf } from '../matcher/encoded/codec.ts';
import { codeCodec } from './code-codec.ts';
import { readKeyFile, readPassphrase, readSecret } from './key-file.ts';
import { legacyCodec } from './legacy/legacy-codec.ts';
import { sealedCodec } from './sealed-codec.ts';
import type { UsedKnocks } from './used-knocks.ts';

/** Reads the keys of these doors now, and finds each door's codec later. Throws a `KeyFileError`. */
export function codecsOf(doors: readonly Door[], used: UsedKnocks): CodecOf {
  const codecs = new Map<Encoded, Codec>();
  for (const door of doors) {
    if (door.encoded !== undefined) codecs.set(door.encoded, codecOf(door, door.encoded, used));
  }
  return ({ encoded }) => (encoded === undefined ? undefined : codecs.get(encoded));
}

function codecOf(door: Door, encoded: Encoded, used: UsedKnocks): Codec {
  switch (encoded.kind) {
    case 'sealed':
      return sealedCodec(door, encoded, readKeyFile(encoded.keyFile));
    case 'totp':
    case 'hotp': {
      const usedUpTo = (series: string): number => used.usedUpTo(series);
      return codeCodec(door, encoded, readSecret(encoded.secretFile), usedUpTo);
    }
    case 'legacy':
      return legacyCodec(
        door,
        encoded,
        encoded.passphraseFile === undefined ? '' : readPassphrase(encoded.passphraseFile),
      );
  }
}
