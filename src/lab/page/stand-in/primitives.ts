import { cbc, ctr } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { md5 as nobleMd5 } from '@noble/hashes/legacy.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import des from 'des.js';
import type * as Primitives from '../../../codec/primitives.ts';
import type { BlockChain } from '../../../codec/primitives.ts';
import { ccmOpen, ccmSeal } from './ccm.ts';

/*
 * Stands in the page for `codec/primitives.ts`: a browser has OpenSSL's ciphers only as promises, and
 * the codecs want their bytes at once. The same names, the same bytes.
 */

export { ccmOpen, ccmSeal };

export const CCM_TAG_BYTES = 8;

export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(plain(bytes));
}

export function md5(bytes: Uint8Array): Uint8Array {
  return nobleMd5(plain(bytes));
}

export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(nobleSha256, plain(key), plain(message));
}

export function hkdfSha256(key: Uint8Array, info: string, length: number): Uint8Array {
  return hkdf(nobleSha256, plain(key), undefined, utf8ToBytes(info), length);
}

export function aesStream(key: Uint8Array, length: number): Uint8Array {
  return ctr(plain(key), new Uint8Array(16)).encrypt(new Uint8Array(length));
}

export function aesChain(key: Uint8Array): BlockChain {
  return {
    encrypt: (bytes, iv) => cbc(plain(key), plain(iv)).encrypt(plain(bytes)),
    decrypt: (bytes, iv) => cbc(plain(key), plain(iv)).decrypt(plain(bytes)),
  };
}

const DES_CHAIN = des.CBC.instantiate(des.DES);

export function desChain(key: Uint8Array): BlockChain {
  const run = (type: 'encrypt' | 'decrypt', bytes: Uint8Array, iv: Uint8Array): Uint8Array => {
    const cipher = DES_CHAIN.create({ type, key, iv });
    return Uint8Array.from([...cipher.update(bytes), ...cipher.final()]);
  };
  return {
    encrypt: (bytes, iv) => run('encrypt', bytes, iv),
    decrypt: (bytes, iv) => run('decrypt', bytes, iv),
  };
}

/** A Buffer is a Uint8Array whose `slice` is another's. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

({
  CCM_TAG_BYTES,
  aesChain,
  aesStream,
  ccmOpen,
  ccmSeal,
  desChain,
  hkdfSha256,
  hmacSha256,
  md5,
  sha256,
}) satisfies typeof Primitives;
