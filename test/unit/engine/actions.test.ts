import { describe, expect, it } from 'vitest';
import { UsedKnocks } from '../../../src/codec/used-knocks.ts';
import { termsByte } from '../../../src/codec/terms.ts';
import type { Action, Effect, Wake } from '../../../src/door/action.ts';
import type { Door } from '../../../src/door/door.ts';
import { PACKET_CLOCK } from '../../../src/engine/clock.ts';
import { Engine } from '../../../src/engine/engine.ts';
import type { PendingAction, PendingBook } from '../../../src/engine/pending-action.ts';
import { MatchHere } from '../../../src/engine/match-here.ts';
import { memoryFirewall } from '../../../src/firewall/memory.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { Matcher } from '../../../src/matcher/matcher.ts';
import { actionText } from '../../../src/report/event-words.ts';
import type { Event } from '../../../src/report/event.ts';
import { memorySource } from '../../../src/source/memory.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { door, ports } from '../../support/door.ts';
import { codecFor, ME, NOW, sealedDoor, sealedPorts } from '../../support/sealed.ts';

const NAS: Door = {
  ...door('1', { name: 'nas', open: [ports('tcp/2049')], openPrefix4: 24 }),
  steps: [],
  isAction: true,
};
const WAKE: Wake = { kind: 'wake', mac: '00:11:22:33:44:55', to: '192.0.2.255' };

function action(name: string, effect: Effect, delaySeconds = 0): Action {
  return { name, delaySeconds, effect };
}

/** By seconds after `NOW` what is knocked at then. */
type Knocks = Readonly<Record<number, readonly number[]>>;

/** What becomes of knocks by these doors, in a replay; each line begins with seconds after `NOW`. */
async function run(
  doors: readonly Door[],
  knocks: Knocks,
  wake?: (wake: Wake) => void,
  pending?: PendingBook,
): Promise<string[]> {
  const tuples = Object.entries(knocks).flatMap(([at, sent]: [string, readonly number[]]) =>
    sent.map((port, nth) => ({
      source: parseAddress(ME)!,
      target: parseAddress('192.0.2.1')!,
      protocol: 'tcp' as const,
      port,
      flags: 2,
      seconds: NOW + Number(at),
      nanoseconds: nth * 1e6,
    })),
  );
  const book = new UsedKnocks(undefined);
  const events: string[] = [];
  const codecOf = (each: Door) => (each.encoded === undefined ? undefined : codecFor(each));
  await new Engine({
    matching: new MatchHere(
      memorySource(tuples),
      new Matcher(compileDoors(doors, { codecOf }), { maxAttempts: 1024 }),
    ),
    firewall: memoryFirewall(),
    clock: PACKET_CLOCK,
    doors: () => doors,
    wake,
    pending,
    tickets: book,
    report: (event) => {
      if (event.event !== 'match' && event.event !== 'stage' && event.event !== 'scan')
        events.push(lineOf(event));
      if (event.event === 'action' && pending !== undefined)
        events.push(`${pending.left().length} in the book`);
    },
  }).run();
  return events;
}

function lineOf(event: Exclude<Event, { event: 'scan' }>): string {
  const at = Math.floor(event.atUs / 1e6) - NOW;
  if (event.event === 'action') return `${at} ${event.door} ${actionText(event)}`;
  const base = `${at} ${event.door} ${event.event}`;
  return event.event === 'close' || event.event === 'refuse' ? `${base}: ${event.reason}` : base;
}

const KNOCK = [7001, 7002, 7003];
const LATER = { 1000: [9] }; // so that the packets' clock goes on

function ssh(actions: readonly Action[], over: Partial<Door> = {}): Door {
  return door('7001,7002,7003', { name: 'ssh', open: [ports('tcp/22')], actions, ...over });
}
const CLOCK = door('9,10', { name: 'clock', tripwireHoldSeconds: 0 });

describe('actions of a door', () => {
  it('are done behind its opening, in their order', async () => {
    const woken: Wake[] = [];
    const doors = [ssh([action('nas', { kind: 'open', door: NAS }), action('wake', WAKE)]), NAS];
    expect(await run(doors, { 0: KNOCK }, (wake) => woken.push(wake))).toEqual([
      '0 ssh open',
      '0 nas open',
      '0 ssh action wake: wakes 00:11:22:33:44:55 by 192.0.2.255',
    ]);
    expect(woken).toEqual([WAKE]);
  });

  it('come when their delay is over, once for all knocks that they wait for', async () => {
    const doors = [ssh([action('nas', { kind: 'open', door: NAS }, 40)]), NAS, CLOCK];
    expect(await run(doors, { 0: KNOCK, 20: KNOCK, ...LATER })).toEqual([
      '0 ssh open',
      '0 ssh action nas waits 40s: opens tcp/2049',
      '20 ssh open',
      '40 nas open',
      '50 ssh close: time',
      '70 nas close: time',
    ]);
  });

  it('that wait are in the book before they are told of, so that a kill behind it loses none', async () => {
    const doors = [ssh([action('nas', { kind: 'open', door: NAS }, 40)]), NAS];
    let kept: readonly PendingAction[] = [];
    const book = { left: () => kept, keep: (all: typeof kept) => void (kept = all) };
    expect(await run(doors, { 0: KNOCK }, undefined, book)).toEqual([
      '0 ssh open',
      '0 ssh action nas waits 40s: opens tcp/2049',
      '1 in the book',
    ]);
  });

  it('are not done where the door did not open', async () => {
    const doors = [ssh([action('wake', WAKE)], { maxGrants: 0 })];
    expect(await run(doors, { 0: KNOCK })).toEqual(['0 ssh refuse: max grants']);
  });

  it('have a source ignored from the next packet on, and heard again when the time is over', async () => {
    const doors = [ssh([action('deaf', { kind: 'ignore', seconds: 60 })]), CLOCK];
    const again = { 0: [...KNOCK, ...KNOCK], 30: KNOCK, 59: KNOCK, 61: KNOCK };
    expect((await run(doors, again)).filter((line) => line.includes('open'))).toEqual([
      '0 ssh open',
      '61 ssh open',
    ]);
  });

  it('are said to have failed, and why', async () => {
    const fail = (): void => {
      throw new Error('no way');
    };
    expect(await run([ssh([action('wake', WAKE)])], { 0: KNOCK }, fail)).toEqual([
      '0 ssh open',
      '0 ssh action wake failed (no way): wakes 00:11:22:33:44:55 by 192.0.2.255',
    ]);
  });

  it('that close end what is open, and what waits', async () => {
    const later = action('nas', { kind: 'open', door: NAS }, 100);
    const leave = door('8001,8002', {
      name: 'leave',
      tripwireHoldSeconds: 0,
      actions: [action('shut', { kind: 'close', doors: ['ssh'] })],
    });
    const doors = [ssh([later], { openForSeconds: 500 }), leave, NAS, CLOCK];
    expect(await run(doors, { 0: KNOCK, 10: [8001, 8002], ...LATER })).toEqual([
      '0 ssh open',
      '0 ssh action nas waits 100s: opens tcp/2049',
      '10 leave open',
      '10 ssh close: revoked',
      '10 ssh action nas cancelled: opens tcp/2049',
      '10 leave action shut: closes ssh',
    ]);
  });
});

describe('an action that a sealed knock chooses', () => {
  const offers = [
    { name: 'wake', actions: [action('wake', WAKE)] },
    { name: 'leave', actions: [action('leave', { kind: 'close', doors: [] })] },
  ] as const;
  const house = sealedDoor({}, { open: [ports('tcp/22')], offers });
  const choose = (place: number, salt = 1): number[] =>
    sealedPorts(house, { terms: termsByte({ kind: 'offer', place }), salt });

  it('is done in place of opening the door, and once', async () => {
    const knocks = [...choose(0), ...choose(0)];
    expect(await run([house], { 0: knocks })).toEqual([
      '0 ssh action wake: wakes 00:11:22:33:44:55 by 192.0.2.255',
      '0 ssh refuse: replayed',
    ]);
  });

  it('is one of those that the door offers', async () => {
    expect(await run([house], { 0: choose(2) })).toEqual(['0 ssh refuse: not offered']);
    const opened = sealedPorts(house, { salt: 2 });
    expect(await run([house], { 0: [...opened, ...choose(1)] })).toEqual([
      '0 ssh open',
      '0 ssh close: revoked',
      '0 ssh action leave: closes all doors',
    ]);
  });
});

describe('a door that is open until closed', () => {
  it('stays open for as long as a replay lasts', async () => {
    const held = ssh([], { holds: true, openForSeconds: 300 });
    expect(await run([held, CLOCK], { 0: KNOCK, ...LATER })).toEqual(['0 ssh open']);
  });
});
