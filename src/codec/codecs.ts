import type { Door } from '../door/door.ts';
import type { Encoded } from '../door/encoded.ts';
import type { Codec, CodecOf } from '../matcher/encoded/codec.ts';
import { codeCodec } from './code-codec.ts';
import { readKeyFile, readPassphrase, readSecret } from './key-file.ts';
import { legacyCodec } from './legacy/legacy-codec.ts';
import { sealedCodec } from './sealed-codec.ts';
import type { UsedKnocks } from './used-knocks.ts';

/**
 * Reads the keys of these doors now, and finds each door's codec later. Throws a `KeyFileError`. Clients go
 * by the wall clock, which may have been set since packets began to be counted by another:
 * `wallShiftSeconds` is how far it is ahead.
 */
export function codecsOf(
  doors: readonly Door[],
  used: Pick<UsedKnocks, 'usedUpTo'>,
  wallShiftSeconds: () => number,
): CodecOf {
  const codecs = new Map<Encoded, Codec>();
  for (const door of doors) {
    if (door.encoded !== undefined) {
      codecs.set(door.encoded, byWallClock(codecOf(door, door.encoded, used), wallShiftSeconds));
    }
  }
  return ({ encoded }) => (encoded === undefined ? undefined : codecs.get(encoded));
}

function byWallClock(codec: Codec, wallShiftSeconds: () => number): Codec {
  const wall = (seconds: number): number => Math.floor(seconds + wallShiftSeconds());
  switch (codec.kind) {
    case 'sealed':
      return {
        ...codec,
        unseal: (client, values, source, seconds) =>
          codec.unseal(client, values, source, wall(seconds)),
      };
    case 'code':
      return { ...codec, codesAt: (seconds) => codec.codesAt(wall(seconds)) };
    case 'stream':
      return codec;
  }
}

function codecOf(door: Door, encoded: Encoded, used: Pick<UsedKnocks, 'usedUpTo'>): Codec {
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
