import { describe, expect, it } from 'vitest';
import { Daemon, type DaemonEvent } from '../support/daemon.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { netns, noNetns } from '../support/netns.ts';
import { elementsOf } from '../support/sets.ts';
import { passed } from '../support/wait.ts';

const SEQUENCE = '7001,7002:udp,7003';
const OPEN_FOR_MS = 700;
const doors = (openFor: string): string => `
[ssh]
 sequence = ${SEQUENCE}
 seq_timeout = 5
 tcpflags = syn
 open = tcp/22
 open_for = ${openFor}
`;
const sources = (count: number): string[] =>
  Array.from({ length: count }, (_, nth) => stranger(nth));
const knocksOf = (count: number): Uint8Array[] =>
  sources(count).flatMap((from) => knocks(SEQUENCE, { from }));
const named = (events: readonly DaemonEvent[]): string[] =>
  events.map(({ source }) => source!).sort();

describe.skipIf(noNetns)('many grants', () => {
  it('R-24: a storm of 1,000 sources, five times in 5 s, leaves the sets as the events say', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: doors(`${OPEN_FOR_MS}ms`) });
    const sender = new FrameSender(net.client);
    const frames = knocksOf(1000);
    const inKernel = (): string[] =>
      elementsOf(net.server)
        .map(({ address }) => address)
        .sort();

    for (let round = 1; round <= 5; round++) {
      const next = passed(1000);
      await sender.send(frames);
      expect(await daemon.atLeast(1000 * round, 'open', 15_000)).toHaveLength(1000 * round);
      const opened = new Set(openNow(daemon));
      // A dump passes over elements while the kernel gives the set a larger hash table.
      const found = [...new Set([inKernel(), inKernel(), inKernel()].flat())];
      const sureUntilMs = Date.now();
      // A grant is at least as long as promised, counted from the packet that earned it.
      const sure = daemon
        .of('open')
        .slice(-1000)
        .filter(({ atUs }) => atUs! / 1000 + OPEN_FOR_MS > sureUntilMs)
        .map(({ source }) => source!);
      expect(found.filter((source) => !opened.has(source))).toEqual([]);
      expect(sure.filter((source) => !found.includes(source))).toEqual([]);
      expect(await daemon.atLeast(1000 * round, 'close', 15_000)).toHaveLength(1000 * round);
      await next;
    }
    expect(inKernel()).toEqual([]);
    expect(named(daemon.of('open'))).toEqual(
      sources(1000)
        .flatMap((each) => Array(5).fill(each))
        .sort(),
    );
    expect(daemon.of('open').filter(({ renewed }) => renewed)).toEqual([]);
  });

  it('R-47: the 1,001st grant is refused, and harms no other', async () => {
    await using net = await netns();
    const options = { doors: doors('60s'), options: 'max_grants = 1000' };
    await using daemon = await Daemon.start(net.server, options);
    const sender = new FrameSender(net.client);
    await sender.send(knocksOf(1001));
    await daemon.until(() => daemon.of('refuse').length > 0 && daemon.of('open').length >= 1000);

    expect(named(daemon.of('open'))).toEqual(sources(1000).sort());
    expect(daemon.of('refuse')).toMatchObject([{ source: stranger(1000), reason: 'max grants' }]);
    expect(
      elementsOf(net.server)
        .map(({ address }) => address)
        .sort(),
    ).toEqual(sources(1000).sort());
    // Who has a grant may renew it all the same.
    await sender.send(knocks(SEQUENCE, { from: stranger(0) }));
    expect(await daemon.atLeast(1001, 'open')).toHaveLength(1001);
    expect(daemon.of('open').at(-1)).toMatchObject({ source: stranger(0), renewed: true });
  });
});

/** Sources whose grant has begun and not ended, by the events. */
function openNow(daemon: Daemon): string[] {
  const open = new Set<string>();
  for (const { event, source } of daemon.events) {
    if (event === 'open') open.add(source!);
    if (event === 'close') open.delete(source!);
  }
  return [...open];
}
