import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startFixture } from '../support/agent-client.ts';
import { Daemon } from '../support/daemon.ts';
import { Flood, FLOOD_PAIR } from '../support/flood.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { netns, noNetns } from '../support/netns.ts';
import { passed } from '../support/wait.ts';

const SEQUENCE = '7000,8000,9000';
const DOORS = `
[ssh]
 sequence = ${SEQUENCE}
 tcpflags = syn
 open = tcp/22
`;
const STOPPED_MS = 3000;
/** 64 KiB: a third of a millisecond of that flood. */
const SMALLEST = { slots: 512, slotBytes: 128 };

describe.skipIf(noNetns)('a ring that runs over', () => {
  it('R-26: counts what it lost, and hears a knock half a second after it goes on, amid the flood', async () => {
    using flood = new Flood();
    await using net = await netns(FLOOD_PAIR);
    const options = { doors: DOORS, interfaces: [FLOOD_PAIR.server] };
    await using daemon = await Daemon.start(net.server, options);
    const flooding = flood.run(net.client, { kind: 'match', perSecond: 200_000, seconds: 6 });
    await passed(500);
    process.kill(daemon.pid, 'SIGSTOP');
    await passed(STOPPED_MS);
    process.kill(daemon.pid, 'SIGCONT');
    await passed(500);
    const sender = new FrameSender(net.client, FLOOD_PAIR.client);
    await sender.send(knocks(SEQUENCE, { from: stranger(1) })); // within the row's second, and amid the flood
    const { sent } = await flooding;
    const opened = (): boolean => daemon.of('open').some(({ source }) => source === stranger(1));
    expect(await daemon.until(opened)).toBe(true);
    await daemon.stop();
    const { packets, dropped } = daemon.of('closing')[0]!;
    console.info(`${sent} sent, ${packets} seen, ${dropped} counted as lost`);
    expect(dropped).toBeGreaterThan(0);
    expect(Math.abs(packets! + dropped! - sent - 3)).toBeLessThanOrEqual(sent / 1000);
  });

  it('R-26: so does the smallest ring that there is, and tells of all that it hears in order', async () => {
    using flood = new Flood();
    await using net = await netns(FLOOD_PAIR);
    const fixture = join(import.meta.dirname, '../support/ring-agent.ts');
    const ring = await startFixture(net.server, fixture);
    await ring.call('open', FLOOD_PAIR.server, [8000], 1000, SMALLEST);
    const flooding = flood.run(net.client, { kind: 'match', perSecond: 200_000, seconds: 6 });
    await passed(500);
    ring.process.kill('SIGSTOP');
    await passed(STOPPED_MS);
    ring.process.kill('SIGCONT');
    const before = await ring.call<number>('taken');
    await passed(500);
    expect(await ring.call<number>('taken')).toBeGreaterThan(before + 1000);
    const { sent } = await flooding;
    await passed(200);
    const { readings, taken, disordered } = await ring.call<Overrun>('close');
    const { wanted, dropped } = readings.at(-1)!;
    console.info(`${sent} sent, ${wanted} seen, ${dropped} counted as lost`);
    expect(dropped).toBeGreaterThan(200_000 * 2);
    expect(Math.abs(wanted + dropped - sent)).toBeLessThanOrEqual(sent / 1000);
    expect({ taken, disordered }).toEqual({ taken: wanted, disordered: 0 });
  });
});

interface Overrun {
  readonly readings: readonly { readonly wanted: number; readonly dropped: number }[];
  readonly taken: number;
  readonly disordered: number;
}
