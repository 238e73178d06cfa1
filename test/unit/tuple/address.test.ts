import { describe, expect, it } from 'vitest';
import { formatAddress, maskAddress, parseAddress } from '../../../src/tuple/address.ts';

describe('an address', () => {
  it.each([
    '0.0.0.0',
    '255.255.255.255',
    '203.0.113.9',
    '::',
    '::1',
    'fe80::1',
    '2001:db8::17',
    '1:2:3:4:5:6:7:8',
    '2001:db8:0:1:1:1:1:1',
    'fd99:0:0:1::ab',
    '::ffff:192.0.2.1',
  ])('prints %s as it was read', (text) => {
    expect(formatAddress(parseAddress(text)!)).toBe(text);
  });

  it.each([
    '',
    '1.2.3',
    '010.0.0.1',
    '256.1.1.1',
    '1.2.3.4 ',
    ':::',
    '1::2::3',
    'fe80::1%eth0',
    '12345::',
    '1:2:3:4:5:6:7',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('is masked to a prefix of its own family', () => {
    expect(formatAddress(maskAddress(parseAddress('2001:db8:1:2:3:4:5:6')!, 64))).toBe(
      '2001:db8:1:2::',
    );
    expect(formatAddress(maskAddress(parseAddress('203.0.113.77')!, 24))).toBe('203.0.113.0');
    expect(formatAddress(maskAddress(parseAddress('203.0.113.77')!, 32))).toBe('203.0.113.77');
  });
});
