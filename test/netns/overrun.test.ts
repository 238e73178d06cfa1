import { describe, expect, it } from 'vitest';
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
});
