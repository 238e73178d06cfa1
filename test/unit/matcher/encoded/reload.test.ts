import { describe, expect, it } from 'vitest';
import { codeCodec } from '../../../../src/codec/code-codec.ts';
import { legacyCodec, legacyOffsets } from '../../../../src/codec/legacy/legacy-codec.ts';
import { codePorts, counterAt } from '../../../../src/codec/one-time-code.ts';
import type { Door } from '../../../../src/door/door.ts';
import type { LegacyKnock, OneTimeKnock } from '../../../../src/door/encoded.ts';
import { compileDoors } from '../../../../src/matcher/compile-doors.ts';
import type { Codec } from '../../../../src/matcher/encoded/codec.ts';
import { parseNetwork, type Network } from '../../../../src/tuple/network.ts';
import { TestMatcher } from '../../../support/decide.ts';
import { door as plainDoor } from '../../../support/door.ts';
import { codecFor, ME, NOW, sealedDoor, sealedPorts, sent } from '../../../support/sealed.ts';

/** A door, what reads its knocks with a key, and a knock made with one. */
interface Kind {
  readonly door: Door;
  codec(door: Door, key: number): Codec;
  ports(key: number): number[];
}

const base = { carrier: 'tcp', span: [{ from: 40_000, to: 40_255 }], maxQueues: 64 } as const;
const totp: OneTimeKnock = {
  ...base,
  kind: 'totp',
  secretFile: '/nowhere',
  ports: 4,
  periodSeconds: 30,
  drift: 1,
};
const legacy: LegacyKnock = {
  ...base,
  kind: 'legacy',
  passphraseFile: '/nowhere',
  address: 'observed',
  profile: {
    fields: ['port', 'checksum'],
    cipher: 'blowfish',
    iv: '00000000',
    hasHeader: false,
    portWidth: 'big',
    checksum: 'bytes',
    bitOrder: 'msb',
    isKeyHashed: true,
  },
};

const KINDS: Record<string, Kind> = {
  sealed: {
    door: sealedDoor(),
    codec: (door, key) => codecFor(door, [client(key)]),
    ports: (key) => sealedPorts(sealedDoor(), { key: client(key) }),
  },
  totp: {
    door: { ...plainDoor('1', { name: 'ssh' }), steps: [], encoded: totp },
    codec: (door, key) => codeCodec(door, totp, Buffer.alloc(20, key), () => -1),
    ports: (key) => codePorts(totp, Buffer.alloc(20, key), counterAt(NOW, totp)),
  },
  legacy: {
    door: { ...plainDoor('1', { name: 'ssh' }), steps: [], encoded: legacy },
    codec: (door, key) => legacyCodec(door, legacy, `pass${key}`),
    ports: (key) =>
      legacyOffsets({ port: 22 }, legacy, `pass${key}`).map((offset) => 40_000 + offset),
  },
};
const OPEN = [{ protocol: 'tcp', from: 22, to: 22 }] as const;

function client(key: number): { name: string; key: Buffer } {
  return { name: 'alice', key: Buffer.alloc(32, key) };
}

/** What comes of a knock whose second half arrives when another door stands in the place of its own. */
function halves(kind: Kind, now: Partial<Door>, { was = 7, is = 7, made = 7 } = {}): string[] {
  const door: Door = { ...kind.door, open: OPEN, windowSeconds: 25 };
  const next = { ...door, ...now };
  const first = kind.codec(door, was);
  const second = kind.codec(next, is);
  const matcher = new TestMatcher([door], { codecOf: () => first });
  const packets = sent(kind.ports(made));
  const half = packets.length >> 1;
  expect(matcher.decide(packets.slice(0, half))).toEqual([]);
  matcher.matcher.replaceDoors(compileDoors([next], { codecOf: () => second }));
  return matcher.decide(packets.slice(half));
}

describe.each(Object.entries(KINDS))('a %s knock in the midst of a reload', (_, kind) => {
  it('goes on at a door that is as it was, though what it opens is not', () => {
    expect(halves(kind, {})).toEqual([`${ME} ssh open`]);
    expect(halves(kind, { openForSeconds: 90 })).toEqual([`${ME} ssh open`]);
  });

  it('is read by the key of now', () => {
    expect(halves(kind, {}, { is: 8 })).toEqual([]);
    expect(halves(kind, {}, { was: 8 })).toEqual([`${ME} ssh open`]);
  });

  it.each<[string, Partial<Door>]>([
    ['takes other sources', { allowFrom: [parseNetwork('203.0.113.0/24') as Network] }],
    ['takes other flags', { flags: { mask: 0, value: 0 } }],
    ['takes frames of any VLAN', { vlan: 'any' }],
    ['gives another time', { windowSeconds: 24 }],
    ['bears another name', { name: 'other' }],
    [
      'has another span',
      { encoded: { ...kind.door.encoded!, span: [{ from: 40_000, to: 40_256 }] } },
    ],
  ])('is lost where the door %s', (_, now) => {
    expect(halves(kind, now)).toEqual([]);
  });
});
