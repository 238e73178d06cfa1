import type { Door } from '../door/door.ts';

/** The file of keys, the secret or the passphrase that a door's knocks are read by. */
export function secretFile({ encoded }: Door): string | undefined {
  switch (encoded?.kind) {
    case 'sealed':
      return encoded.keyFile;
    case 'totp':
    case 'hotp':
      return encoded.secretFile;
    case 'legacy':
      return encoded.passphraseFile;
    case undefined:
      return undefined;
  }
}
