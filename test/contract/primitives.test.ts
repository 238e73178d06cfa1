import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as node from '../../src/codec/primitives.ts';
import * as page from '../../src/lab/page/stand-in/primitives.ts';

type Primitives = typeof node;

const BOTH: readonly (readonly [string, Primitives])[] = [
  ['OpenSSL', node],
  ['the page', page],
];

const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes).toString('hex');
const from = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const text = (ascii: string): Uint8Array => Buffer.from(ascii);

describe.each(BOTH)('the primitives of %s', (_, primitives) => {
  it.each([
    ['SHA-256, FIPS 180-4', () => primitives.sha256(text('abc')), /^ba7816bf8f01cfea/],
    ['MD5, RFC 1321', () => primitives.md5(text('abc')), /^900150983cd24fb0d6963f7d28e17f72$/],
    [
      'HMAC-SHA-256, RFC 4231 case 2',
      () => primitives.hmacSha256(text('Jefe'), text('what do ya want for nothing?')),
      /^5bdcc146bf60754e6a042426089575c7/,
    ],
    [
      'HKDF-SHA-256, RFC 5869 case 3',
      () => primitives.hkdfSha256(from('0b'.repeat(22)), '', 42),
      /^8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8$/,
    ],
    [
      'AES-256 of a block of zeros, as CTR begins',
      () => primitives.aesStream(new Uint8Array(32), 16),
      /^dc95c078a2408989ad48a21492842087$/,
    ],
    [
      'AES-256-CBC, SP 800-38A F.2.5, first block',
      () =>
        primitives
          .aesChain(from('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'))
          .encrypt(
            from('6bc1bee22e409f96e93d7e117393172a'),
            from('000102030405060708090a0b0c0d0e0f'),
          ),
      /^f58c4c04d6e5f1ba779eabfb5f7bfbd6/,
    ],
    [
      'DES, the first system’s vector V6',
      () =>
        primitives
          .desChain(primitives.md5(text('password')).subarray(0, 8))
          .encrypt(from('0a0302010cea050b'), new Uint8Array(8)),
      /^5f136aaf65a73c1b9ddd7a039441747a$/,
    ],
  ])('give the bytes of %s', (_name, make, expected) => {
    expect(hex(make())).toMatch(expected);
  });

  it('undo their own chains', () => {
    const iv = randomBytes(16);
    const plain = randomBytes(40);
    const aes = primitives.aesChain(randomBytes(32));
    expect(hex(aes.decrypt(aes.encrypt(plain, iv), iv))).toBe(hex(plain));
    const des = primitives.desChain(randomBytes(8));
    const short = iv.subarray(8);
    expect(hex(des.decrypt(des.encrypt(plain, short), short))).toBe(hex(plain));
  });

  it('open a seal, and nothing that has one bit changed', () => {
    const [key, nonce, bound] = [randomBytes(32), randomBytes(13), randomBytes(21)];
    const plain = randomBytes(18);
    const sealed = Buffer.from(primitives.ccmSeal(key, nonce, bound, plain));
    expect(hex(primitives.ccmOpen(key, nonce, bound, sealed))).toBe(hex(plain));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(primitives.ccmOpen(key, nonce, bound, changed)).toBeUndefined();
    }
    expect(primitives.ccmOpen(key, nonce, randomBytes(21), sealed)).toBeUndefined();
  });
});

describe('OpenSSL and the page', () => {
  const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ minLength: length, maxLength: length });
  const some = fc.uint8Array({ maxLength: 80 });

  const agree = (make: (primitives: Primitives) => Uint8Array | undefined): void =>
    expect(hex(make(page))).toBe(hex(make(node)));

  it('hash and draw keys alike', () => {
    fc.assert(
      fc.property(some, some, fc.string(), fc.integer({ min: 1, max: 600 }), (a, b, info, size) => {
        agree(({ sha256 }) => sha256(a));
        agree(({ md5 }) => md5(a));
        agree(({ hmacSha256 }) => hmacSha256(a, b));
        agree(({ hkdfSha256 }) => hkdfSha256(a, info, size));
      }),
    );
  });

  it('encrypt alike', () => {
    fc.assert(
      fc.property(bytes(32), bytes(8), bytes(16), some, (key, desKey, iv, plain) => {
        agree(({ aesStream }) => aesStream(key, plain.length));
        agree(({ aesChain }) => aesChain(key).encrypt(plain, iv));
        agree(({ desChain }) => desChain(desKey).encrypt(plain, iv.subarray(0, 8)));
      }),
    );
  });

  it('seal alike, and each opens the other’s', () => {
    fc.assert(
      fc.property(bytes(32), bytes(13), some, some, (key, nonce, bound, plain) => {
        agree(({ ccmSeal }) => ccmSeal(key, nonce, bound, plain));
        const sealed = page.ccmSeal(key, nonce, bound, plain);
        expect(hex(node.ccmOpen(key, nonce, bound, sealed))).toBe(hex(plain));
      }),
    );
  });
});
