import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startFixture, type Agent } from '../support/agent-client.ts';
import type { ClockedDrain } from '../support/clock-ring-agent.ts';
import { linkSender, type LinkSender } from '../support/link-sender.ts';
import { Daemon } from '../support/daemon.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { netns, noNetns, type Netns } from '../support/netns.ts';
import { syn } from '../support/ring-net.ts';
import { elementsOf } from '../support/sets.ts';
import { preloaded } from '../support/shim.ts';

const DOORS = `
[timed]
 sequence = 7000,7001
 seq_timeout = 2
 tcpflags = syn
`;
const HOUR = 3600;
/** Between a packet's time and our looking at the clock; far from any step. */
const CLOSE_MS = 60_000;

describe.skipIf(noNetns)('a wall clock that is set', () => {
  let net: Netns;
  let agent: Agent;
  let client: LinkSender;
  beforeAll(async () => {
    net = await netns();
    agent = await startFixture(
      net.server,
      join(import.meta.dirname, '../support/clock-ring-agent.ts'),
    );
    client = await linkSender(net.client, 'link', 'cli0');
  });
  afterAll(() => net[Symbol.asyncDispose]());

  const open = (...more: unknown[]): Promise<void> => agent.call('open', 'srv0', DOORS, ...more);
  const step = (clock: number, stamps: number): Promise<void> => agent.call('step', clock, stamps);
  const heard = async (port: number): Promise<ClockedDrain> => {
    await client.send([syn(port)]);
    return agent.call<ClockedDrain>('drain', 1);
  };
  const farthestMs = ({ timesMs, nowMs }: ClockedDrain): number =>
    Math.max(...timesMs.map((time) => Math.abs(time - nowMs)));

  it('that nobody sets is what packets are stamped by', async () => {
    await open();
    const drained = await heard(7000);
    expect(farthestMs(drained)).toBeLessThan(CLOSE_MS);
    expect(drained.shiftUs).toBe(0);
  });

  const steps: [string, number][] = [
    ['an hour ahead', HOUR],
    ['an hour back', -HOUR],
    ['to 1970', -Math.floor(Date.now() / 1000)],
    ['beyond 2038', 20 * 365 * 24 * HOUR],
    ['two seconds ahead, as long as the window', 2],
  ];
  it.each(steps)('R-41: neither ends nor keeps alive what is under way: %s', async (_, seconds) => {
    await open();
    const first = await heard(7000);
    await step(seconds, seconds);
    const second = await heard(7001);
    expect([...first.decisions, ...second.decisions]).toEqual([
      'timed stage',
      'timed stage',
      'timed open',
    ]);
    expect(farthestMs(second)).toBeLessThan(CLOSE_MS);
    expect(Math.abs(second.shiftUs / 1e6 - seconds)).toBeLessThan(1);

    await heard(7000);
    await step(-seconds, -seconds);
    await sleep(2100);
    const late = await heard(7001);
    expect(late.decisions).toEqual(['timed timeout']);
    expect(Math.abs(late.shiftUs)).toBeLessThan(1e6);
  });

  it.each([HOUR, -HOUR])(
    'R-41: packets that were stamped before a step of %i s, and taken behind it, keep their time',
    async (seconds) => {
      await open();
      await heard(7000);
      await client.send([syn(7001)]);
      await step(seconds, 0);
      const drained = await agent.call<ClockedDrain>('drain', 1);
      expect(farthestMs(drained)).toBeLessThan(CLOSE_MS);
      expect(drained.decisions).toEqual(['timed stage', 'timed open']);
      await step(0, seconds);
      expect(farthestMs(await heard(7000))).toBeLessThan(CLOSE_MS);
    },
  );

  it('before a ring is opened does not part it from the others of its source', async () => {
    const { wall } = await agent.call<{ wall: number }>('offsets');
    await open(wall - HOUR * 1e6);
    const { timesMs, nowMs, shiftUs } = await heard(7000);
    expect(Math.abs(timesMs[0]! + HOUR * 1000 - nowMs)).toBeLessThan(CLOSE_MS);
    expect(Math.abs(shiftUs / 1e6 - HOUR)).toBeLessThan(1);
  });

  it('R-41: neither lengthens nor shortens what is open', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-clock-'));
    const file = join(folder, 'shift');
    const shift = openSync(file, 'w+');
    onTestFinished(() => {
      closeSync(shift);
      rmSync(folder, { recursive: true });
    });
    const set = (seconds: number): void => {
      writeSync(shift, BigInt64Array.of(BigInt(seconds)), 0, 8, 0);
    };
    set(0);
    const doors = '[ssh]\n sequence = 7000\n tcpflags = syn\n open = tcp/22\n open_for = 5s\n';
    const by = [...preloaded('shifted_clock', folder), `SHIFT_FILE=${file}`];
    await using daemon = await Daemon.start(net.server, { doors, by });
    const sender = new FrameSender(net.client);
    const opened: number[] = [];
    for (const [nth, [, seconds]] of [['', 0] as const, ...steps, ['', 0] as const].entries()) {
      set(seconds);
      await sender.send(knocks('7000', { from: stranger(nth) }));
      const events = await daemon.atLeast(nth + 1, 'open');
      opened.push(events[nth]!.seenMs);
      for (const { expiresSeconds } of elementsOf(net.server)) {
        expect(expiresSeconds).toBeLessThanOrEqual(5);
      }
      await sleep(700);
    }
    const closed = await daemon.atLeast(opened.length, 'close', 10_000);
    expect(closed.map(({ source }) => source)).toEqual(opened.map((_, nth) => stranger(nth)));
    for (const [nth, { seenMs }] of closed.entries()) {
      expect(Math.abs(seenMs - opened[nth]! - 5000)).toBeLessThan(100);
    }
  });
});
