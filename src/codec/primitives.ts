import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';

/*
 * The ciphers and hashes that codecs are made of, by OpenSSL. In the lab's page another module stands
 * in the place of this one: it has the same names and gives the same bytes.
 */

export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

export function md5(bytes: Uint8Array): Uint8Array {
  return createHash('md5').update(bytes).digest();
}

export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(message).digest();
}

/** HKDF-SHA-256 (RFC 5869) without a salt; `info` goes as UTF-8. */
export function hkdfSha256(key: Uint8Array, info: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', info, length));
}

/** The first bytes of AES-256-CTR's stream from counter 0 on. */
export function aesStream(key: Uint8Array, length: number): Uint8Array {
  return createCipheriv('aes-256-ctr', key, new Uint8Array(16)).update(new Uint8Array(length));
}

/** Bytes of the tag that `ccmSeal` puts behind the text. */
export const CCM_TAG_BYTES = 8;

const CCM = 'aes-256-ccm';
const CCM_OPTIONS = { authTagLength: CCM_TAG_BYTES } as const;

/** AES-256-CCM (RFC 3610): the text encrypted, and its tag. `bound` is sealed without being in it. */
export function ccmSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  bound: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(CCM, key, nonce, CCM_OPTIONS);
  cipher.setAAD(bound, { plaintextLength: plain.length });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The text behind a seal; undefined: it was not sealed so. */
export function ccmOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  bound: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const end = sealed.length - CCM_TAG_BYTES;
  const decipher = createDecipheriv(CCM, key, nonce, CCM_OPTIONS);
  decipher.setAuthTag(sealed.subarray(end));
  decipher.setAAD(bound, { plaintextLength: end });
  try {
    const plain = decipher.update(sealed.subarray(0, end));
    decipher.final();
    return plain;
  } catch {
    return undefined; // CCM throws, at `update` or at `final`, where the tag is not right
  }
}

/** Cipher block chaining with the padding of PKCS#5 and #7. */
export interface BlockChain {
  encrypt(plain: Uint8Array, iv: Uint8Array): Uint8Array;
  /** Throws, or gives anything, where the padding is not right. */
  decrypt(bytes: Uint8Array, iv: Uint8Array): Uint8Array;
}

/** AES-256; the vector has 16 bytes. */
export function aesChain(key: Uint8Array): BlockChain {
  return openssl('aes-256-cbc', key);
}

/** DES; key and vector have 8 bytes. Three times one key is DES itself, which OpenSSL 3 no longer has by its own name. */
export function desChain(key: Uint8Array): BlockChain {
  return openssl('des-ede3-cbc', Buffer.concat([key, key, key]));
}

function openssl(name: string, key: Uint8Array): BlockChain {
  return {
    encrypt: (plain, iv) => {
      const cipher = createCipheriv(name, key, iv);
      return Buffer.concat([cipher.update(plain), cipher.final()]);
    },
    decrypt: (bytes, iv) => {
      const cipher = createDecipheriv(name, key, iv);
      return Buffer.concat([cipher.update(bytes), cipher.final()]);
    },
  };
}
