import { Blowfish } from 'egoroof-blowfish';
import type { LegacyProfile } from '../../door/encoded.ts';
import { aesChain, desChain, md5, type BlockChain } from '../primitives.ts';

/** Bytes to bytes and back, as Crypt::CBC 2.12 has them with `prepend_iv` and `regenerate_key` as the profile says. */
export interface LegacyCipher {
  /** Bytes that so many bytes become. */
  length(plainBytes: number): number;
  encrypt(plain: Uint8Array): Uint8Array;
  /** Undefined where header or padding is not right; a wrong key may well go unnoticed here. */
  decrypt(bytes: Uint8Array): Uint8Array | undefined;
}

export type Cipher = LegacyProfile['cipher'];

/** The cipher of a profile. Throws a RangeError where a passphrase that is the key itself has not its length. */
export function legacyCipher(profile: LegacyProfile, passphrase: string): LegacyCipher {
  if (profile.cipher === 'none') return NO_CIPHER;
  const blocks = blockCipher(profile.cipher, keyOf(profile, passphrase));
  const ownIv = Buffer.from(profile.iv, 'latin1');
  const header = profile.hasHeader ? Buffer.concat([MAGIC, ownIv]) : Buffer.alloc(0);
  return {
    length: (plainBytes) => encryptedLength(profile, plainBytes),
    encrypt: (plain) => Buffer.concat([header, blocks.encrypt(plain, ownIv)]),
    decrypt: (bytes) => {
      if (!profile.hasHeader) return unpadded(blocks, bytes, ownIv);
      if (MAGIC.compare(bytes.subarray(0, MAGIC.length)) !== 0) return undefined;
      const iv = bytes.subarray(MAGIC.length, HEADER_BYTES);
      return unpadded(blocks, bytes.subarray(HEADER_BYTES), iv);
    },
  };
}

/** Bytes that so many bytes become: whole blocks, of which the last is never full, behind a header if there is one. */
export function encryptedLength(
  { cipher, hasHeader }: Pick<LegacyProfile, 'cipher' | 'hasHeader'>,
  plainBytes: number,
): number {
  if (cipher === 'none') return plainBytes;
  const block = cipher === 'rijndael' ? 16 : 8;
  return (hasHeader ? HEADER_BYTES : 0) + (Math.floor(plainBytes / block) + 1) * block;
}

/** What stands before the blocks of a message with a header, and before its initialisation vector. */
export const MAGIC: Buffer = Buffer.from('RandomIV', 'latin1');
export const HEADER_BYTES = 16;

/** Only what would be encrypted to just these bytes has been. */
function unpadded(blocks: BlockChain, bytes: Uint8Array, iv: Uint8Array): Uint8Array | undefined {
  try {
    const plain = blocks.decrypt(bytes, iv);
    return Buffer.compare(blocks.encrypt(plain, iv), bytes) === 0 ? plain : undefined;
  } catch {
    return undefined; // bad padding
  }
}

function blockCipher(cipher: Exclude<Cipher, 'none'>, key: Buffer): BlockChain {
  switch (cipher) {
    case 'blowfish':
      return blowfish(key);
    case 'rijndael':
      return rijndael(aesChain(key));
    case 'des':
      return desChain(key);
  }
}

function blowfish(key: Buffer): BlockChain {
  const cipher = new Blowfish(key, Blowfish.MODE.CBC, Blowfish.PADDING.PKCS5);
  return {
    encrypt: (plain, iv) => {
      cipher.setIv(iv);
      return cipher.encode(plain);
    },
    decrypt: (bytes, iv) => {
      cipher.setIv(iv);
      return cipher.decode(bytes, Blowfish.TYPE.UINT8_ARRAY);
    },
  };
}

/** The vector had eight bytes though the block has sixteen; Perl's string operator filled up with NULs. */
function rijndael({ encrypt, decrypt }: BlockChain): BlockChain {
  const widen = (iv: Uint8Array): Uint8Array => Buffer.concat([iv, Buffer.alloc(8)]);
  return {
    encrypt: (plain, iv) => encrypt(plain, widen(iv)),
    decrypt: (bytes, iv) => decrypt(bytes, widen(iv)),
  };
}

const KEY_BYTES = { blowfish: 56, rijndael: 32, des: 8 } as const;

/** MD5 of the passphrase, then MD5 of all there is so far, until it is long enough. */
function keyOf({ cipher, isKeyHashed }: LegacyProfile, passphrase: string): Buffer {
  const bytes = Buffer.from(passphrase, 'latin1');
  const length = KEY_BYTES[cipher as keyof typeof KEY_BYTES];
  if (isKeyHashed) return chained(bytes, length);
  const isKey = cipher === 'blowfish' ? bytes.length >= 4 : bytes.length === length;
  if (!isKey || bytes.length > length) {
    throw new RangeError(`a ${cipher} key has not ${bytes.length} bytes`);
  }
  return bytes;
}

function chained(passphrase: Buffer, length: number): Buffer {
  let key = Buffer.from(md5(passphrase));
  while (key.length < length) key = Buffer.concat([key, md5(key)]);
  return key.subarray(0, length);
}

const NO_CIPHER: LegacyCipher = {
  length: (plainBytes) => plainBytes,
  encrypt: (plain) => plain,
  decrypt: (bytes) => bytes,
};
