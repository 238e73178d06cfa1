import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClientKey } from '../../../src/codec/key-file.ts';
import { UsedKnocks } from '../../../src/codec/used-knocks.ts';
import { termsByte, termsOf } from '../../../src/codec/terms.ts';
import type { Door } from '../../../src/door/door.ts';
import { PACKET_CLOCK } from '../../../src/engine/clock.ts';
import { Engine, type Tickets } from '../../../src/engine/engine.ts';
import { MatchHere } from '../../../src/engine/match-here.ts';
import { memoryFirewall } from '../../../src/firewall/memory.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { Matcher } from '../../../src/matcher/matcher.ts';
import type { Event } from '../../../src/report/event.ts';
import { knockdText } from '../../../src/report/knockd-text.ts';
import { memorySource } from '../../../src/source/memory.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { ports } from '../../support/door.ts';
import { codecFor, KEY, ME, NOW, sealedDoor, sealedPorts } from '../../support/sealed.ts';

const OTHER = '203.0.113.10';

interface Sent {
  readonly ports: readonly number[];
  readonly at: number;
  readonly from?: string;
}

/** What became of these knocks, each sent within a second. */
async function run(
  door: Door,
  knocks: readonly Sent[],
  tickets?: Tickets,
  clients?: readonly ClientKey[],
): Promise<string[]> {
  const events = await eventsOf(door, knocks, { tickets, clients });
  return events.filter(({ event }) => event !== 'match').map(lineOf);
}

interface Circumstances {
  readonly tickets?: Tickets | undefined;
  readonly clients?: readonly ClientKey[] | undefined;
  readonly maxGrants?: number;
}

async function eventsOf(
  door: Door,
  knocks: readonly Sent[],
  { tickets, clients, maxGrants }: Circumstances,
): Promise<Event[]> {
  const codec = codecFor(door, clients);
  const tuples = knocks.flatMap(({ ports: sent, at, from = ME }) =>
    sent.map((port, nth) => ({
      source: parseAddress(from)!,
      target: parseAddress(from.includes(':') ? '2001:db8::1' : '192.0.2.1')!,
      protocol: 'tcp' as const,
      port,
      flags: 2,
      seconds: at,
      nanoseconds: nth * 1e6,
    })),
  );
  const events: Event[] = [];
  await new Engine({
    matching: new MatchHere(
      memorySource(tuples),
      new Matcher(compileDoors([door], { codecOf: () => codec }), { maxAttempts: 1024 }),
    ),
    firewall: memoryFirewall(maxGrants === undefined ? {} : { maxGrants }),
    clock: PACKET_CLOCK,
    ...(tickets === undefined ? {} : { tickets }),
    report: (event) => events.push(event),
  }).run();
  return events;
}

function lineOf(event: Event): string {
  const at = Math.floor(event.atUs / 1e6) - NOW;
  const base = `${at} ${event.source} ${event.event}`;
  if (event.event === 'open') return `${base} for ${event.openForSeconds}`;
  return event.event === 'close' || event.event === 'refuse' ? `${base}: ${event.reason}` : base;
}

describe('a sealed knock in the engine', () => {
  const door = sealedDoor({}, { open: [ports('tcp/22')] });
  const close = termsByte({ kind: 'close' });
  const minute = termsByte({ kind: 'open', openForSeconds: 60 });

  it('opens for its time, and what is closed by it ends then, not at its time', async () => {
    const events = await run(
      door,
      [
        { ports: sealedPorts(door, { terms: minute }), at: NOW },
        { ports: sealedPorts(door, { salt: 2, terms: close }), at: NOW + 5 },
        { ports: sealedPorts(door, { salt: 3 }), at: NOW + 9 },
        { ports: [1], at: NOW + 100 },
      ],
      new UsedKnocks(undefined),
    );
    expect(events).toEqual([
      `0 ${ME} open for 60`,
      `5 ${ME} close: revoked`,
      `9 ${ME} open for 30`,
      `39 ${ME} close: time`,
    ]);
  });

  it('opens an IPv6 prefix, and closes it from another address within (R-53)', async () => {
    const wide = sealedDoor({}, { open: [ports('tcp/22')], openPrefix6: 64 });
    const [one, other] = ['2001:db8:1::1', '2001:db8:1::2'];
    const events = await run(
      wide,
      [
        { ports: sealedPorts(wide, { address: one, prefix: 64 }), at: NOW, from: one },
        {
          ports: sealedPorts(wide, { address: other, salt: 2, terms: close }),
          at: NOW + 1,
          from: other,
        },
        { ports: sealedPorts(wide, { address: one, prefix: 48, salt: 3 }), at: NOW + 2, from: one },
      ],
      new UsedKnocks(undefined),
    );
    expect(events).toEqual([
      `0 ${one} open for 30`,
      expect.stringMatching(/^1 2001:db8:1::.* close: revoked$/),
      `2 ${one} refuse: too wide`,
    ]);
  });

  it('opens for the address that it states, whoever sends it', async () => {
    const stating = sealedDoor(
      { address: 'stated', span: [{ from: 40_000, to: 40_511 }] },
      { open: [ports('tcp/22')] },
    );
    const knock = sealedPorts(stating, { address: '198.51.100.7' });
    const events = await run(stating, [{ ports: knock, at: NOW }], new UsedKnocks(undefined));
    expect(events).toEqual(['0 198.51.100.7 open for 30']);
  });

  it('opens nothing a second time (R-51)', async () => {
    const knock = sealedPorts(door);
    const backwards = [...knock].reverse();
    const variations = [
      knock,
      backwards,
      [1, 2, ...knock],
      [...knock, 40_000],
      knock.flatMap((p) => [p, p]),
    ];
    const events = await run(
      door,
      [knock, ...variations].map((each, nth) => ({ ports: each, at: NOW + nth })),
      new UsedKnocks(undefined),
    );
    expect(events.filter((line) => line.includes('open'))).toEqual([`0 ${ME} open for 30`]);
    expect(events.filter((line) => line.includes('replayed'))).toHaveLength(variations.length);
  });

  it('opens in none of 200 variations of what was seen of it (R-51)', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'postern-tickets-')), 'used');
    const knock = sealedPorts(door);
    {
      using book = new UsedKnocks(path);
      expect(await run(door, [{ ports: knock, at: NOW }], book)).toEqual([`0 ${ME} open for 30`]);
    }
    // The daemon was started anew, and so many other knocks came meanwhile that the book forgets single ones.
    using book = new UsedKnocks(path);
    for (let nth = 0; nth < 2000; nth++) {
      book.spend(
        { series: 'another', number: nth, salt: 1, action: 'open' },
        parseAddress(ME)!,
        NOW,
      );
    }
    const changes: readonly ((ports: number[], nth: number) => number[])[] = [
      (ports) => ports,
      (ports) => [...ports].reverse(),
      (ports, nth) => [...ports.slice(nth), ...ports.slice(0, nth)],
      (ports, nth) => [40_000 + nth, ...ports],
      (ports, nth) => [...ports, 40_000 + nth],
      (ports) => ports.flatMap((port) => [port, port]),
      (ports, nth) => [1 + nth, ...ports, 7000 + nth],
      (ports, nth) => [...ports, ...ports.slice(nth)],
    ];
    const sources = [ME, '203.0.113.8', '198.51.100.7', '2001:db8::9', '::1'];
    // The clock of the replay is ahead or behind, within the window and beyond it.
    const times = [-40, -29, 0, 29, 40];
    const variations = changes.flatMap((change, one) =>
      sources.flatMap((from) =>
        times.map((off, other) => ({
          ports: change([...knock], one + other),
          at: NOW + off,
          from,
        })),
      ),
    );
    expect(variations).toHaveLength(200);
    const reasons = new Set<string>();
    for (const each of variations) {
      const events = await run(door, [each], book);
      expect(events.filter((line) => line.includes('open'))).toEqual([]);
      for (const line of events) reasons.add(line.replace(/^.*: /, ''));
    }
    expect(reasons).toEqual(new Set(['replayed', 'forged', 'late', 'early']));
    rmSync(dirname(path), { recursive: true });
  });

  it('gives nobody more than the door offers, whatever a right one asks for (R-53)', async () => {
    for (let terms = 0; terms < 256; terms++) {
      const events = await run(
        door,
        [{ ports: sealedPorts(door, { terms }), at: NOW }],
        new UsedKnocks(undefined),
      );
      const said = termsOf(terms);
      if (said?.kind === 'open') {
        const seconds = Math.min(3600, said.openForSeconds ?? 30);
        expect(events).toEqual([`0 ${ME} open for ${seconds}`]);
      } else if (said?.kind === 'offer') {
        expect(events).toEqual([`0 ${ME} refuse: not offered`]);
      } else {
        expect(events).toEqual([]);
      }
    }
    for (let prefix = 1; prefix < 32; prefix++) {
      const knock = { ports: sealedPorts(door, { prefix }), at: NOW };
      const events = await run(door, [knock], new UsedKnocks(undefined));
      expect(events).toEqual([`0 ${ME} refuse: too wide`]);
    }
  });

  it('opens once with each of two keys, and with one that is exchanged (R-54)', async () => {
    using book = new UsedKnocks(undefined);
    const bob = { name: 'bob', key: Buffer.alloc(32, 9) };
    const fresh = { name: 'alice', key: Buffer.alloc(32, 11) };
    const clients = [KEY, bob, fresh];
    const knocks = Array.from({ length: 10 }, (_, nth) =>
      sealedPorts(door, { key: clients[nth % clients.length]!, salt: nth }),
    );
    const twice = knocks.flatMap((each, nth) =>
      [0, 1].map((again) => ({ ports: each, at: NOW + nth * 2 + again })),
    );
    const events = await run(door, twice, book, clients);
    expect(events.filter((line) => /open|renew/.test(line))).toHaveLength(10);
    expect(events.filter((line) => line.endsWith('replayed'))).toHaveLength(10);
  });

  it('is said to be right where something comes of it, and not where it is refused', async () => {
    const knock = { ports: sealedPorts(door), at: NOW };
    const closing = { ports: sealedPorts(door, { salt: 2, terms: close }), at: NOW + 1 };
    const other = { ports: sealedPorts(door, { salt: 3, address: OTHER }), at: NOW, from: OTHER };
    const said = async (knocks: readonly Sent[], maxGrants: number): Promise<string[]> => {
      const tickets = new UsedKnocks(undefined);
      const events = await eventsOf(door, knocks, { tickets, maxGrants });
      return events.flatMap((event) => knockdText(event));
    };
    expect(await said([knock, knock, closing, closing], 9)).toEqual([
      `${ME}: ssh: OPEN SESAME`,
      `${ME}: ssh: opened tcp/22 for 30 s`,
      `${ME}: ssh: refused: replayed`,
      `${ME}: ssh: asks for the door to close`,
      `${ME}: ssh: closed (revoked)`,
      `${ME}: ssh: refused: replayed`,
    ]);
    expect(await said([knock, other], 1)).toEqual([
      `${ME}: ssh: OPEN SESAME`,
      `${ME}: ssh: opened tcp/22 for 30 s`,
      `${OTHER}: ssh: refused: max grants`,
    ]);
  });

  it('opens nothing where its use can’t be written down', async () => {
    const knock = [{ ports: sealedPorts(door), at: NOW }];
    const full = { spend: () => 'the disk is full' };
    expect(await run(door, knock, full)).toEqual([`0 ${ME} refuse: the disk is full`]);
    expect(await run(door, knock)).toEqual([`0 ${ME} refuse: nobody marks its knock as used`]);
  });
});
