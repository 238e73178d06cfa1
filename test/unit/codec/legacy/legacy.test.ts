import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../../src/codec/legacy/calibrate.ts';
import { legacyCipher } from '../../../../src/codec/legacy/legacy-cipher.ts';
import { legacyCodec, legacyOffsets } from '../../../../src/codec/legacy/legacy-codec.ts';
import { packFields, unpackFields } from '../../../../src/codec/legacy/legacy-fields.ts';
import { fromOffsets, portCount, toOffsets } from '../../../../src/codec/legacy/legacy-ports.ts';
import { LIKELIEST } from '../../../../src/config/to-encoded.ts';
import type { Door } from '../../../../src/door/door.ts';
import type { LegacyKnock, LegacyProfile } from '../../../../src/door/encoded.ts';
import { parseAddress } from '../../../../src/tuple/address.ts';
import { TestMatcher } from '../../../support/decide.ts';
import { door, ports } from '../../../support/door.ts';
import { sent } from '../../../support/sealed.ts';

const NOBODY = '203.0.113.9';
const KNOCKER = '10.3.2.1';
const VALUES = { client: parseAddress(KNOCKER)!.words[3], port: 3306, flag0: 5 };
const FIELDS = ['client', 'port', 'flag0', 'checksum'] as const;
const PLAIN = '0a0302010cea050b';

function profile(over: Partial<LegacyProfile> = {}): LegacyProfile {
  return { ...LIKELIEST, fields: FIELDS, ...over };
}

const IV = { iv: '36574210', hasHeader: true };

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

const HEADER = '52616e646f6d49563336353734323130';

describe('the ciphers of the first system', () => {
  it.each([
    ['V1', PLAIN, profile(), 'd3b221552959d4210be8884db29b560c'],
    ['V2', PLAIN, profile(IV), `${HEADER}6cb9a83fc4114a5d75953d7a09d4e3d4`],
    ['V3', PLAIN, profile({ iv: '00000000' }), '41ae70cb7d3e4d1e5e415b709f6f3e54'],
    ['V4', PLAIN, profile({ cipher: 'rijndael' }), '5c62a8ed80c70bdae439c8c007d51877'],
    [
      'V5',
      PLAIN,
      profile({ cipher: 'rijndael', ...IV }),
      `${HEADER}fc2bdfeff5009783b0771ec3a5eaa249`,
    ],
    ['V6', PLAIN, profile({ cipher: 'des' }), '5f136aaf65a73c1b9ddd7a039441747a'],
    ['V7', PLAIN, profile({ cipher: 'des', ...IV }), `${HEADER}3bc828fe858e1fe670399a571419931d`],
    ['V8', '0a0302010cea06', profile(), '99708545d9bd956a'],
    ['V9', '0a0302010cea06', profile(IV), `${HEADER}1bbd35f842d3515c`],
    ['V10', 'c000020ac63364070016 0f0102035b', profile(), 'cf80a200e21a86797ed858a0cfe1da10'],
  ])('encrypt and decrypt %s', (_, plain, each, encrypted) => {
    const cipher = legacyCipher(each, 'password');
    expect(hex(cipher.encrypt(bytes(plain)))).toBe(encrypted);
    expect(hex(cipher.decrypt(bytes(encrypted))!)).toBe(hex(bytes(plain)));
    expect(cipher.length(bytes(plain).length)).toBe(encrypted.length / 2);
  });

  it('with a wrong key make other bytes of V1, whose padding is not right: V11', () => {
    const wrong = legacyCipher(profile(), 'passwore');
    const [V1, others] = ['d3b221552959d4210be8884db29b560c', 'a740d2c01bac20d6'];
    expect(hex(wrong.encrypt(bytes(others))).slice(0, 16)).toBe(V1.slice(0, 16));
    expect(wrong.decrypt(bytes(V1))).toBeUndefined();
  });

  it('take a passphrase as the key itself if told so, where it has a key’s length', () => {
    const raw = profile({ cipher: 'des', isKeyHashed: false });
    const cipher = legacyCipher(raw, '8 bytes!');
    expect(hex(cipher.decrypt(cipher.encrypt(bytes(PLAIN)))!)).toBe(PLAIN);
    expect(() => legacyCipher(raw, 'password!')).toThrow(RangeError);
  });
});

describe('the fields of a legacy knock', () => {
  it('are bytes in their order', () => {
    expect(hex(packFields(VALUES, profile()))).toBe(PLAIN);
  });

  it('come back from a message under every choice', () => {
    const choices = fc.record({
      portWidth: fc.constantFrom('big', 'little', 'digits'),
      checksum: fc.constantFrom('bytes', 'fields', 'xor', 'mod255'),
    });
    const values = fc.record({
      client: fc.integer({ min: 0, max: 0xffff_ffff }),
      port: fc.nat(25_599),
      flag0: fc.nat(255),
    });
    fc.assert(
      fc.property(choices, values, (over, said) => {
        const each = profile(over as Partial<LegacyProfile>);
        expect(unpackFields(packFields(said, each), each)).toEqual(said);
      }),
    );
  });
});

describe('the ports of a legacy knock', () => {
  const V1 = 'd3b221552959d4210be8884db29b560c';
  const V2 = `${HEADER}6cb9a83fc4114a5d75953d7a09d4e3d4`;

  it.each([
    [256, PLAIN, '10,3,2,1,12,234,5,11'],
    [256, V1, '211,178,33,85,41,89,212,33,11,232,136,77,178,155,86,12'],
    [
      256,
      V2,
      '82,97,110,100,111,109,73,86,51,54,53,55,52,50,49,48,108,185,168,63,196,17,74,93,117,149,61,122,9,212,227,212',
    ],
    [1024, PLAIN, '40,48,128,268,936,80,704'],
    [4096, PLAIN, '160,770,16,3306,80,2816'],
    [1024, V1, '846,802,85,297,359,322,66,1000,545,219,166,854,48'],
    [4096, V1, '3387,545,1362,2393,3394,267,3720,2125,2857,2902,192'],
    [16_384, V1, '13548,8725,5285,6612,2114,16008,8502,12955,5507,0'],
    [32_768, V1, '27097,2133,9515,7490,2143,8737,7013,6998,1536'],
    [
      1024,
      V2,
      '329,534,921,111,437,149,396,822,212,883,268,561,193,715,618,63,784,276,663,373,596,983,642,468,911,320',
    ],
    [
      4096,
      V2,
      '1318,366,1606,3949,1173,1587,867,1335,835,561,774,3257,2691,4036,276,2653,1881,1341,1952,2516,3645,1024',
    ],
    [256, '99708545d9bd956a', '153,112,133,69,217,189,149,106'],
  ])('on %i ports are those of the vectors', (size, message, offsets) => {
    const list = offsets.split(',').map(Number);
    expect(toOffsets(bytes(message), size, 'msb')).toEqual(list);
    expect(hex(fromOffsets(list, message.length / 2, size, 'msb')!)).toBe(message);
  });

  it.each([
    [256, [8, 16, 24], [24, 32, 40]],
    [1024, [7, 13, 20], [20, 26, 32]],
    [4096, [6, 11, 16], [16, 22, 27]],
    [16_384, [5, 10, 14], [14, 19, 23]],
    [32_768, [5, 9, 13], [13, 18, 22]],
  ])('on %i ports are as many as the published table says', (size, without, withIv) => {
    const count = (each: LegacyProfile, fields: number): number =>
      portCount(legacyCipher(each, 'x').length(fields), size);
    for (const [column, [least, most]] of [
      [1, 7],
      [8, 15],
      [16, 23],
    ].entries()) {
      for (const fields of [least!, most!]) {
        expect(count(profile(), fields)).toBe(without[column]);
        expect(count(profile(IV), fields)).toBe(withIv[column]);
      }
    }
  });

  it('carry any bytes in any order of bits', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.constantFrom(256, 512, 1024, 32_768),
        fc.constantFrom('msb', 'lsb', 'integer'),
        (message, size, order) => {
          const offsets = toOffsets(message, size, order as 'msb');
          expect(offsets).toHaveLength(portCount(message.length, size));
          expect(hex(fromOffsets(offsets, message.length, size, order as 'msb')!)).toBe(
            hex(message),
          );
        },
      ),
    );
  });
});

describe('a door with legacy knocks', () => {
  const span = [{ from: 40_000, to: 41_023 }];
  const encoded: LegacyKnock = {
    kind: 'legacy',
    carrier: 'tcp',
    span,
    maxQueues: 64,
    profile: profile(),
    passphraseFile: '/nowhere',
    address: 'agree',
  };
  const each: Door = {
    ...door('1', { name: 'db', open: [ports('tcp/3306')] }),
    steps: [],
    encoded,
  };

  function decide(
    offsets: readonly number[],
    from: string,
    over: Partial<LegacyKnock> = {},
  ): string[] {
    const codec = legacyCodec(each, { ...encoded, ...over }, 'password');
    const matcher = new TestMatcher([each], { codecOf: () => codec });
    return matcher.decide(
      sent(
        offsets.map((offset) => 40_000 + offset),
        1000,
        from,
      ),
    );
  }

  const offsets = legacyOffsets(VALUES, encoded, 'password');

  it('opens at the last port, whatever was knocked at before', () => {
    expect(decide([1, 2, 3, ...offsets, 4], KNOCKER)).toEqual([`${KNOCKER} db open`]);
  });

  it('refuses who is not the client inside, unless the knock may state another', () => {
    expect(decide(offsets, NOBODY)).toEqual([`${NOBODY} db refuse 0: forged`]);
    expect(decide(offsets, NOBODY, { address: 'stated' })).toEqual([`${NOBODY} db open`]);
  });

  it('refuses a port that it does not open, and a network', () => {
    const other = legacyOffsets({ ...VALUES, port: 22 }, encoded, 'password');
    expect(decide(other, KNOCKER)).toEqual([`${KNOCKER} db refuse 0: wrong port`]);
  });

  it('does not open for a knock that lacks a port, or has a wrong one', () => {
    for (let at = 0; at < offsets.length - 1; at++) {
      expect(decide(offsets.toSpliced(at, 1), KNOCKER)).toEqual([]);
      expect(decide(offsets.with(at, offsets[at]! ^ 1), KNOCKER)).toEqual([]);
    }
  });
});

describe('calibration', () => {
  const truth = fc.record({
    cipher: fc.constantFrom('blowfish', 'rijndael', 'des'),
    portWidth: fc.constantFrom('big', 'little', 'digits'),
    checksum: fc.constantFrom('bytes', 'fields', 'xor', 'mod255'),
    bitOrder: fc.constantFrom('msb', 'lsb', 'integer'),
    hasHeader: fc.boolean(),
    iv: fc.constantFrom('\0'.repeat(8), '00000000', '36574210'),
  });

  it('finds the profile of a knock, whatever it is', () => {
    fc.assert(
      fc.property(truth, (over) => {
        const real = profile(over as Partial<LegacyProfile>);
        const spanPorts = 1024;
        const span = [{ from: 0, to: spanPorts - 1 }];
        const offsets = legacyOffsets(VALUES, { profile: real, span }, 'password');
        const sample = { fields: FIELDS, values: VALUES, passphrase: 'password', iv: '36574210' };
        expect(calibrate({ ...sample, spanPorts, offsets })).toContainEqual(real);
      }),
      { numRuns: 40 },
    );
  });

  it('finds nothing where the passphrase is another', () => {
    const sample = { fields: FIELDS, values: VALUES, passphrase: 'passwore', iv: undefined };
    const offsets = legacyOffsets(
      VALUES,
      { profile: profile(), span: [{ from: 0, to: 255 }] },
      'password',
    );
    expect(calibrate({ ...sample, spanPorts: 256, offsets })).toEqual([]);
  });
});
