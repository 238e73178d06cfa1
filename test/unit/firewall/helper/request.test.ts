import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeRequest,
  encodeRequest,
  REQUEST_BYTES,
  type Request,
} from '../../../../src/firewall/command/helper/request.ts';
import { parseAddress } from '../../../../src/tuple/address.ts';

const opened = (address: string, prefix: number): Request => ({
  kind: 'begin',
  generation: 3,
  door: 70_000,
  source: parseAddress(address)!,
  prefix,
  waitMs: 1234.5,
});

describe('a request to the helper', () => {
  it.each<[string, Request]>([
    ['to begin for IPv4', opened('203.0.113.9', 32)],
    ['to begin for a prefix of IPv6', opened('2001:db8::1', 64)],
    ['for an IPv6 packet that wears an IPv4 address', opened('::ffff:203.0.113.9', 128)],
    [
      'to read the configuration',
      { kind: 'start', generation: 255, digest: new Uint8Array(24).fill(7) },
    ],
    ['to wait', { kind: 'await' }],
    ['for a hook', { kind: 'down' }],
  ])('%s arrives as it was sent', (_, request) => {
    const bytes = encodeRequest(request);
    expect(bytes).toHaveLength(REQUEST_BYTES);
    expect(decodeRequest(bytes)).toEqual(request);
  });

  it.each<[string, number, number]>([
    ['an unknown kind', 0, 99],
    ['a family that is none', 1, 5],
    ['IPv4 that is not written as such', 16, 1],
    ['a prefix that is too long', 2, 33],
    ['a time below zero', 8, 0xc0],
    ['a time beyond all grants', 8, 0x7e],
  ])('with %s is none', (_, at, value) => {
    const bytes = encodeRequest(opened('203.0.113.9', 32));
    bytes[at] = value;
    expect(decodeRequest(bytes)).toBeUndefined();
  });

  it('never asks for more than a request can, whatever the bytes are', () => {
    const anything = fc.uint8Array({ minLength: REQUEST_BYTES, maxLength: REQUEST_BYTES });
    fc.assert(
      fc.property(anything, fc.nat(7), (bytes, kind) => {
        bytes[0] = kind;
        const request = decodeRequest(bytes);
        if (request === undefined || !('source' in request)) return;
        expect(request.waitMs).toBeGreaterThanOrEqual(0);
        expect(request.waitMs).toBeLessThanOrEqual(604_800_000);
        expect(decodeRequest(encodeRequest(request))).toEqual(request);
      }),
    );
  });
});
