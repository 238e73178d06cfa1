import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Door } from '../../src/door/door.ts';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import { formatAddress } from '../../src/tuple/address.ts';
import type { CountedRange } from '../../src/firewall/block.ts';
import { rangeText } from '../../src/firewall/nft/address-range.ts';
import type { NamedBlock } from '../support/network.ts';
import { door, ports } from '../support/door.ts';

/** A firewall under test, near or in another process; doors go by their names. */
export interface FirewallUnderTest {
  start(doors: readonly Door[]): Promise<readonly Grant[]>;
  apply(openings: readonly NamedOpening[], nowMs: number): Promise<readonly Outcome[]>;
  expire(nowMs: number): Promise<readonly Grant[]>;
  nextExpiryMs(): Promise<number | undefined>;
  grants(nowMs: number): Promise<readonly Grant[]>;
  /** `from`: an address or a network. */
  revoke(door: string, from: string, nowMs: number): Promise<readonly Grant[]>;
  shorten(byMs: number, nowMs: number): Promise<void>;
  block(blocks: readonly NamedBlock[], nowMs: number): Promise<void>;
  blocked(nowMs: number): Promise<readonly CountedRange[]>;
  /** What a listener has heard of revocations since it was asked last. */
  revoked(): Promise<readonly Grant[]>;
  /** A time to begin with, on the firewall's clock. */
  now(): Promise<number>;
  close(): Promise<void>;
}

export interface NamedOpening {
  readonly door: string;
  readonly source: string;
  readonly openForMs: number;
  readonly by?: string;
}

export interface FirewallContractOptions {
  /** A fresh firewall that takes three grants at most. */
  readonly make: () => Promise<FirewallUnderTest>;
  /** Promises that this firewall does not make, and why. */
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly string[] }[];
}

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22')] });
const VPN = door('7001', { name: 'vpn', open: [ports('udp/51820'), ports('udp/60000-61000')] });
const WIDE = door('7002', { name: 'wide', open: [ports('tcp/80')], openPrefix6: 64 });
const NARROW = door('7003', { name: 'narrow', open: [ports('tcp/81')], maxGrants: 1 });
const LOG_ONLY = door('7004', { name: 'log only' });
const DOORS = [SSH, VPN, WIDE, NARROW, LOG_ONLY];

/** Promises of firewalls that can block, by their titles. */
export const BLOCK_TESTS: readonly string[] = [
  'blocks the networks that it is told, of both families, and no others',
  'keeps blocks that overlap apart, and each to its time',
  'blocks up to the last address there is',
  'still opens, and has what is open, while somebody is blocked',
];

/** What every firewall promises. */
export function firewallContract(name: string, { make, skip = [] }: FirewallContractOptions): void {
  const deviations = new Set(skip.flatMap(({ tests }) => tests));
  const test = (title: string, run: () => Promise<void>): void => {
    if (!deviations.delete(title)) it(title, run);
  };

  describe(`the ${name} firewall`, () => {
    let firewall: FirewallUnderTest;
    let t0: number;

    beforeEach(async () => {
      firewall = await make();
      expect(await firewall.start(DOORS)).toEqual([]);
      t0 = Math.floor(await firewall.now()); // sums of whole numbers are exact
    });
    afterEach(() => firewall.close());

    const open = async (
      doorName: string,
      source: string,
      openForMs = 1000,
      atMs = 0,
      by?: string,
    ) => {
      const opening = { door: doorName, source, openForMs, ...(by === undefined ? {} : { by }) };
      const outcomes = await firewall.apply([opening], t0 + atMs);
      expect(outcomes).toHaveLength(1);
      return outcomes[0]!;
    };
    const named = (grants: readonly Grant[]) =>
      grants.map((grant) => `${grant.door.name} ${formatAddress(grant.source)}`);
    const ended = async (atMs: number) => named(await firewall.expire(t0 + atMs));
    const listed = async (atMs: number) => named(await firewall.grants(t0 + atMs)).sort();
    const revoke = async (doorName: string, from: string, atMs = 0) =>
      named(await firewall.revoke(doorName, from, t0 + atMs));

    test('opens a door for a source until its time', async () => {
      const { grant, renewed } = expectOpened(await open('ssh', '203.0.113.9', 30_000));
      expect(renewed).toBe(false);
      expect(grant).toMatchObject({ prefix: 32, ports: [ports('tcp/22')], untilMs: t0 + 30_000 });
      expect(grant.door.name).toBe('ssh');
      expect(formatAddress(grant.source)).toBe('203.0.113.9');
    });

    test('gives one outcome for each opening, in their order', async () => {
      const outcomes = await firewall.apply(
        [
          { door: 'vpn', source: '2001:db8::1', openForMs: 1000 },
          { door: 'ssh', source: '203.0.113.9', openForMs: 1000 },
          { door: 'vpn', source: '203.0.113.9', openForMs: 1000 },
        ],
        t0,
      );
      const seen = outcomes.map(expectOpened).map(({ grant }) => grant.door.name);
      expect(seen).toEqual(['vpn', 'ssh', 'vpn']);
      expect(new Set(outcomes.map(expectOpened).map(({ grant }) => grant.id)).size).toBe(3);
    });

    test('does nothing for no openings', async () => {
      expect(await firewall.apply([], t0)).toEqual([]);
      expect(await firewall.nextExpiryMs()).toBeUndefined();
    });

    test('renews a grant that is still open', async () => {
      const first = expectOpened(await open('ssh', '203.0.113.9', 1000));
      const second = expectOpened(await open('ssh', '203.0.113.9', 1000, 600));
      expect(second.renewed).toBe(true);
      expect(second.grant.id).toBe(first.grant.id);
      expect(second.grant.untilMs).toBe(t0 + 1600);
    });

    test('ends all grants so much earlier as the machine has slept', async () => {
      await open('ssh', '203.0.113.1', 60_000);
      await open('vpn', '203.0.113.2', 90_000);
      await open('ssh', '203.0.113.3', 10_000);
      await firewall.shorten(30_000, t0 + 1000);
      expect(await ended(1000)).toEqual(['ssh 203.0.113.3']);
      expect(await listed(1000)).toEqual(['ssh 203.0.113.1', 'vpn 203.0.113.2']);
      expect(await firewall.nextExpiryMs()).toBe(t0 + 30_000);
      expect(expectOpened(await open('ssh', '203.0.113.1', 60_000, 2000)).renewed).toBe(true);
      await firewall.shorten(59_000, t0 + 2000);
      expect(await ended(2000)).toEqual(['vpn 203.0.113.2']);
      expect(await ended(2999)).toEqual([]);
      expect(await ended(3000)).toEqual(['ssh 203.0.113.1']);
      expect(await firewall.nextExpiryMs()).toBeUndefined();
    });

    test('renews within one turn too', async () => {
      const opening = { door: 'ssh', source: '203.0.113.9', openForMs: 1000 };
      const outcomes = (await firewall.apply([opening, opening, opening], t0)).map(expectOpened);
      expect(outcomes.map(({ renewed }) => renewed)).toEqual([false, true, true]);
    });

    test('never shortens a grant', async () => {
      await open('ssh', '203.0.113.9', 5000);
      const { grant } = expectOpened(await open('ssh', '203.0.113.9', 1000, 10));
      expect(grant.untilMs).toBe(t0 + 5000);
    });

    test('reports every end once, in the order of the ends', async () => {
      await open('ssh', '203.0.113.9', 3000);
      await open('ssh', '203.0.113.7', 1000);
      await open('vpn', '203.0.113.8', 2000);
      expect(await ended(999)).toEqual([]);
      expect(await ended(2000)).toEqual(['ssh 203.0.113.7', 'vpn 203.0.113.8']);
      expect(await ended(10_000)).toEqual(['ssh 203.0.113.9']);
      expect(await ended(20_000)).toEqual([]);
    });

    test('reports a renewed grant at its new end alone', async () => {
      await open('ssh', '203.0.113.9', 1000);
      await open('ssh', '203.0.113.9', 1000, 900);
      expect(await ended(1000)).toEqual([]);
      expect(await ended(1900)).toEqual(['ssh 203.0.113.9']);
    });

    test('reports an end that a new opening came before', async () => {
      await open('ssh', '203.0.113.9', 1000);
      const { renewed } = expectOpened(await open('ssh', '203.0.113.9', 1000, 1000));
      expect(renewed).toBe(false);
      expect(await ended(1001)).toEqual(['ssh 203.0.113.9']);
      expect(await ended(2000)).toEqual(['ssh 203.0.113.9']);
    });

    test('says when the next grant ends', async () => {
      expect(await firewall.nextExpiryMs()).toBeUndefined();
      await open('ssh', '203.0.113.9', 3000);
      await open('ssh', '203.0.113.8', 1000);
      expect(await firewall.nextExpiryMs()).toBe(t0 + 1000);
      await open('ssh', '203.0.113.8', 4000, 500);
      expect(await firewall.nextExpiryMs()).toBe(t0 + 3000);
      await ended(10_000);
      expect(await firewall.nextExpiryMs()).toBeUndefined();
    });

    test('opens for the prefix of an IPv6 source that the door names', async () => {
      const { grant } = expectOpened(await open('wide', '2001:db8:1:2:3:4:5:6'));
      expect(formatAddress(grant.source)).toBe('2001:db8:1:2::');
      expect(grant.prefix).toBe(64);
      const again = expectOpened(await open('wide', '2001:db8:1:2::77', 1000, 10));
      expect(again.renewed).toBe(true);
      expect(expectOpened(await open('ssh', '2001:db8:1:2::77')).grant.prefix).toBe(128);
    });

    test('refuses more grants of a door than it may have, and takes others', async () => {
      await open('narrow', '203.0.113.9');
      const refused = await open('narrow', '203.0.113.8');
      expect(refused).toMatchObject({ kind: 'refused', reason: 'max grants' });
      expectOpened(await open('narrow', '203.0.113.9', 1000, 10));
      expectOpened(await open('ssh', '203.0.113.8'));
      expectOpened(await open('narrow', '203.0.113.8', 1000, 2000));
    });

    test('refuses more grants than there may be in all', async () => {
      for (const source of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
        expectOpened(await open('ssh', source));
      }
      const outcomes = await firewall.apply(
        ['203.0.113.3', '203.0.113.4', '203.0.113.1'].map((source) => ({
          door: 'ssh',
          source,
          openForMs: 1000,
        })),
        t0 + 10,
      );
      expect(outcomes.map(({ kind }) => kind)).toEqual(['opened', 'refused', 'opened']);
      expectOpened(await open('ssh', '203.0.113.4', 1000, 2000));
    });

    test('opens nothing, for no time, where the door has no ports', async () => {
      const { grant, renewed } = expectOpened(await open('log only', '203.0.113.9', 1000, 5));
      expect(renewed).toBe(false);
      expect(grant).toMatchObject({ ports: [], untilMs: t0 + 5 });
      expect(expectOpened(await open('log only', '203.0.113.9')).grant.id).not.toBe(grant.id);
      expect(await ended(10_000)).toEqual([]);
    });

    test('lists what is open, and by whom it was given', async () => {
      expect(await listed(0)).toEqual([]);
      await open('ssh', '203.0.113.9', 1000);
      await open('vpn', '2001:db8::1', 2000, 0, 'uid 0');
      const grants = await firewall.grants(t0 + 10);
      const given = grants.map(({ door: { name }, by, untilMs }) => [name, by, untilMs - t0]);
      expect(given.sort()).toEqual([
        ['ssh', 'knock', 1000],
        ['vpn', 'uid 0', 2000],
      ]);
      expect(await listed(1000)).toEqual(['vpn 2001:db8::1']);
      expect(await listed(2000)).toEqual([]);
    });

    test('names who gave the time that a grant has', async () => {
      await open('ssh', '203.0.113.9', 3000, 0, 'uid 0');
      const byKnock = expectOpened(await open('ssh', '203.0.113.9', 1000, 10));
      expect(byKnock.grant).toMatchObject({ by: 'uid 0', untilMs: t0 + 3000 });
      const longer = expectOpened(await open('ssh', '203.0.113.9', 5000, 20));
      expect(longer.grant).toMatchObject({ by: 'knock', untilMs: t0 + 5020 });
    });

    test('keeps a sixteenth of the room for grants by hand', async () => {
      for (const source of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
        expectOpened(await open('ssh', source));
      }
      expect((await open('ssh', '203.0.113.4')).kind).toBe('refused');
      const byHand = expectOpened(await open('ssh', '203.0.113.4', 1000, 0, 'uid 0'));
      expect(byHand).toMatchObject({ renewed: false, grant: { by: 'uid 0' } });
      const tooMany = await open('ssh', '203.0.113.5', 1000, 0, 'uid 0');
      expect(tooMany).toMatchObject({ kind: 'refused', reason: 'max grants' });
    });

    test('lets a person in where a door has all the grants that knocks may have', async () => {
      await open('narrow', '203.0.113.9');
      expect((await open('narrow', '203.0.113.8')).kind).toBe('refused');
      expectOpened(await open('narrow', '203.0.113.8', 1000, 0, 'uid 0'));
    });

    test('revokes one grant, and no other', async () => {
      await open('ssh', '203.0.113.9', 1000);
      await open('vpn', '203.0.113.9', 1000);
      await open('ssh', '203.0.113.8', 1000);
      expect(await revoke('ssh', '203.0.113.9')).toEqual(['ssh 203.0.113.9']);
      expect(await listed(0)).toEqual(['ssh 203.0.113.8', 'vpn 203.0.113.9']);
      expect(await revoke('ssh', '203.0.113.9')).toEqual([]);
    });

    test('tells of a revocation once, and not of its end again', async () => {
      await open('ssh', '203.0.113.9', 1000);
      await revoke('ssh', '203.0.113.9', 10);
      expect(named(await firewall.revoked())).toEqual(['ssh 203.0.113.9']);
      await revoke('ssh', '203.0.113.9', 20);
      expect(await firewall.revoked()).toEqual([]);
      expect(await ended(5000)).toEqual([]);
      expect(await firewall.nextExpiryMs()).toBeUndefined();
    });

    test('revokes all grants from a network', async () => {
      await open('ssh', '203.0.113.9');
      await open('ssh', '203.0.112.9');
      await open('ssh', '2001:db8::1');
      expect(await revoke('ssh', '203.0.113.0/24')).toEqual(['ssh 203.0.113.9']);
      expect(await revoke('ssh', '2001:db8::/56')).toEqual(['ssh 2001:db8::1']);
      expect(await listed(0)).toEqual(['ssh 203.0.112.9']);
    });

    test('revokes a prefix by any address in it', async () => {
      await open('wide', '2001:db8:1:2::7');
      expect(await revoke('wide', '2001:db8:1:3::9')).toEqual([]);
      expect(await revoke('wide', '2001:db8:1:2::9')).toEqual(['wide 2001:db8:1:2::']);
    });

    test('opens again for who was revoked, as a new grant', async () => {
      const first = expectOpened(await open('ssh', '203.0.113.9', 3000));
      await revoke('ssh', '203.0.113.9');
      const second = expectOpened(await open('ssh', '203.0.113.9', 1000, 10));
      expect(second).toMatchObject({ renewed: false, grant: { untilMs: t0 + 1010 } });
      expect(second.grant.id).not.toBe(first.grant.id);
      expect(await ended(1010)).toEqual(['ssh 203.0.113.9']);
      expect(await ended(9000)).toEqual([]);
    });

    test('has room again where something was revoked', async () => {
      for (const source of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) await open('ssh', source);
      await revoke('ssh', '203.0.113.2');
      expectOpened(await open('ssh', '203.0.113.4'));
    });

    const blocked = async (atMs = 0): Promise<string[]> =>
      (await firewall.blocked(t0 + atMs)).map(({ family, words }) => rangeText(words, family));

    test('blocks the networks that it is told, of both families, and no others', async () => {
      await firewall.block([['198.51.100.0/24'], ['2001:db8::/32', t0 + 60_000]], t0);
      expect(await blocked()).toEqual(['198.51.100.0/24', '2001:db8::/32']);
      await firewall.block([['203.0.113.7'], ['2001:db8::/32', t0 + 60_000]], t0);
      expect(await blocked()).toEqual(['203.0.113.7', '2001:db8::/32']);
      await firewall.block([], t0);
      expect(await blocked()).toEqual([]);
    });

    test('keeps blocks that overlap apart, and each to its time', async () => {
      const wide = ['10.0.0.0/8', t0 + 60_000] as const;
      await firewall.block([wide, ['10.128.0.0/9']], t0);
      expect(await blocked()).toEqual(['10.0.0.0/9', '10.128.0.0/9']);
      await firewall.block([wide], t0);
      expect(await blocked()).toEqual(['10.0.0.0/8']);
      await firewall.block([['10.128.0.0/9'], ['10.0.0.0/9']], t0);
      expect(await blocked()).toEqual(['10.0.0.0/8']);
    });

    test('blocks up to the last address there is', async () => {
      await firewall.block([['255.255.255.0/24'], ['ffff::/16']], t0);
      expect(await blocked()).toEqual(['255.255.255.0/24', 'ffff::/16']);
    });

    test('still opens, and has what is open, while somebody is blocked', async () => {
      expectOpened(await open('ssh', '203.0.113.9'));
      await firewall.block([['203.0.113.0/24']], t0);
      expectOpened(await open('ssh', '198.51.100.9'));
      expect(await listed(0)).toEqual(['ssh 198.51.100.9', 'ssh 203.0.113.9']);
    });

    if (deviations.size > 0) throw new Error(`no such tests: ${[...deviations].join('; ')}`);
  });
}

export function expectOpened(outcome: Outcome): Extract<Outcome, { kind: 'opened' }> {
  if (outcome.kind !== 'opened') {
    throw new Error(`refused: ${outcome.reason}, ${outcome.error?.message ?? 'no error'}`);
  }
  return outcome;
}
