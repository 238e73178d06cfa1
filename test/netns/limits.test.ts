import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/tuple/address.ts';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import { startAgent, type Agent } from '../support/agent-client.ts';
import type { NamedOpening } from '../support/agent.ts';
import { door, ports } from '../support/door.ts';
import { netns, noNetns, type Netns } from '../support/netns.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { passed } from '../support/wait.ts';

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22')] });
const PAIR = door('7001', { name: 'pair', open: [ports('tcp/22'), ports('udp/53')] });

describe.skipIf(noNetns)('the kernel’s sets', () => {
  let net: Netns;
  let server: Agent;
  beforeEach(async () => {
    net = await netns();
    server = await startAgent(net.server);
  });
  afterEach(() => net[Symbol.asyncDispose]());

  const sourceOf = (nth: number) => `198.18.${nth >> 8}.${nth & 255}`;
  const openings = (count: number, from = 0, openForMs = 60_000): NamedOpening[] =>
    Array.from({ length: count }, (_, nth) => ({
      door: 'ssh',
      source: sourceOf(from + nth),
      openForMs,
    }));
  const apply = (some: readonly NamedOpening[]) => server.call<Outcome[]>('apply', some);
  const inKernel = () => readSet(net, 'open4');

  it('R-47: a full set refuses the one that is too many, and harms no other', async () => {
    await server.call('make', { maxGrants: 1000 });
    await server.call('start', [SSH]);
    const outcomes = await apply(openings(1001));
    expect(outcomes.filter(({ kind }) => kind === 'opened')).toHaveLength(1000);
    expect(outcomes[1000]).toMatchObject({ kind: 'refused', reason: 'max grants' });
    const expected = openings(1000).map(({ source }) => source);
    expect(
      inKernel()
        .map(({ address }) => address)
        .sort(),
    ).toEqual(expected.sort());
  });

  it('R-47: a set that others have filled refuses element by element', async () => {
    await server.call('make', { maxGrants: 1000, checkIntervalMs: 0 });
    await server.call('start', [PAIR, SSH]);
    // The set has room for two elements a grant and a sixteenth more; all but 11 are taken by hand.
    const byHand = Math.ceil((2000 * 16) / 15) - 11;
    const keys = Array.from(
      { length: byHand },
      (_, nth) => `${sourceOf(5000 + nth)} . tcp . 22 timeout 60s`,
    );
    net.server.nft(`add element inet postern open4 { ${keys.join(', ')} }`);

    const outcomes = await apply([
      { door: 'pair', source: sourceOf(0), openForMs: 60_000 },
      ...openings(8, 1),
      { door: 'pair', source: sourceOf(9), openForMs: 60_000 },
      ...openings(1, 10),
      ...openings(1, 1),
    ]);
    const kinds = outcomes.map((outcome) =>
      outcome.kind === 'opened' ? 'opened' : outcome.reason,
    );
    // Ten elements are in; the pair does not fit with both of its ports, so it gets none.
    expect(kinds).toEqual([...Array<string>(9).fill('opened'), 'set full', 'opened', 'opened']);
    expect(outcomes[9]).toMatchObject({ error: { code: 'FIREWALL_SET_FULL', set: 'open4' } });
    expect(outcomes[11]).toMatchObject({ renewed: true });
    expect(inKernel()).toHaveLength(byHand + 11);
    expect(
      await server.call<Grant[]>('expire', (await server.call<number>('now')) + 90_000),
    ).toHaveLength(10);
  });

  it('R-24: what is in the kernel is what was answered, through a storm of openings', async () => {
    await server.call('make', {});
    await server.call('start', [SSH]);
    const random = seededRandom(24);
    const until = new Map<string, number>();
    for (let round = 0; round < 10; round++) {
      const some = openings(1000, 0, 2000).filter(() => random() < 0.5);
      for (const outcome of await apply(some)) {
        if (outcome.kind !== 'opened') throw new Error(outcome.reason);
        until.set(formatAddress(outcome.grant.source), outcome.grant.untilMs);
      }
      const found = new Set(inKernel().map(({ address }) => address));
      const nowMs = await server.call<number>('now');
      const stillOpen = [...until].filter(([, untilMs]) => untilMs > nowMs);
      expect(stillOpen.filter(([source]) => !found.has(source))).toEqual([]);
      await passed(200);
    }
    await passed(2200);
    expect(inKernel()).toEqual([]);
    const ended = await server.call<Grant[]>('expire');
    const last = new Map(ended.map((grant) => [formatAddress(grant.source), grant.untilMs]));
    expect(last).toEqual(until);
  });

  it('R-96: no time whatever leaves an element without an end', { timeout: 120_000 }, async () => {
    await server.call('make', { maxGrants: 1_000_000, maxOpenMs: 100_000 });
    await server.call('start', [SSH]);
    const random = seededRandom(96);
    let opened = 0;
    for (let round = 0; round < 25; round++) {
      const some = openings(4000, 0).map((opening, nth) => ({
        ...opening,
        source: `198.18.${(nth + round * 4000) % 256}.${nth % 256}`,
        openForMs: oddTime(random),
      }));
      const outcomes = await apply(some);
      for (const [nth, { kind }] of outcomes.entries()) {
        const { openForMs } = some[nth]!;
        const isLongest = openForMs >= 10 && openForMs <= 100_000;
        // A renewal that asks for less may still be granted, to the end that stands already.
        if (kind === 'opened') opened++;
        else expect(isLongest).toBe(false);
      }
    }
    expect(opened).toBeGreaterThan(20_000);
    const found = inKernel();
    expect(found.length).toBeGreaterThan(100);
    expect(found.filter(({ expiresSeconds }) => !(expiresSeconds <= 100))).toEqual([]);
  });

  it('names the missing capability', async () => {
    const without = ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin'];
    const nobody = await startAgent(net.server, without);
    await nobody.call('make', {});
    const error = nobody.call('start', [SSH]);
    await expect(error).rejects.toMatchObject({ code: 'FIREWALL_NO_PERMISSION' });
    await expect(error).rejects.toThrow(/CAP_NET_ADMIN/);
  });
});

function oddTime(random: () => number): number {
  const kind = Math.floor(random() * 8);
  if (kind === 0) return random() * 10; // 0 to 10 ms
  if (kind === 1) return -random() * 1e6;
  if (kind === 2) return NaN;
  if (kind === 3) return 100_000 + random() * 1e9;
  if (kind === 4)
    return [0, -0, Infinity, -Infinity, 2 ** 53, 2 ** 64, 1e-9][Math.floor(random() * 7)]!;
  return 10 + random() * 99_990;
}

interface KernelElement {
  readonly address: string;
  readonly expiresSeconds: number;
}

/** A set of grants as the real nft lists it. */
function readSet(net: Netns, name: string): KernelElement[] {
  const text = net.server.run(['nft', '-j', 'list', 'set', 'inet', 'postern', name]);
  const { nftables } = JSON.parse(text) as { nftables: { set?: { elem?: NftElement[] } }[] };
  const elements = nftables.find(({ set }) => set !== undefined)?.set?.elem ?? [];
  return elements.map((each) => {
    // An element without a timeout is a bare value.
    if (!('elem' in each)) return { address: each.concat[0], expiresSeconds: Infinity };
    return { address: each.elem.val.concat[0], expiresSeconds: each.elem.expires ?? Infinity };
  });
}

type NftKey = { concat: [string, string, number] };
type NftElement = { elem: { val: NftKey; expires?: number } } | NftKey;
