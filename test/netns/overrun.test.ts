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
  it('R-26: counts what it lost, and works on as soon as the daemon does', async () => {
    using flood = new Flood();
    await using net = await netns(FLOOD_PAIR);
    const options = { doors: DOORS, interfaces: [FLOOD_PAIR.server] };
    await using daemon = await Daemon.start(net.server, options);
    const flooding = flood.run(net.client, { kind: 'match', perSecond: 100_000, seconds: 5 });
    await passed(500);
    process.kill(daemon.pid, 'SIGSTOP');
    await passed(STOPPED_MS);
    process.kill(daemon.pid, 'SIGCONT');
    const { sent } = await flooding;

    const sender = new FrameSender(net.client, FLOOD_PAIR.client);
    await sender.send(knocks(SEQUENCE, { from: stranger(1) }));
    const beganMs = Date.now();
    await daemon.until(
      () => daemon.of('open').some(({ source }) => source === stranger(1)),
      10_000,
    );
    console.info(`a knock opened ${Date.now() - beganMs} ms after the flood`);
    expect(daemon.of('open').some(({ source }) => source === stranger(1))).toBe(true);
    await daemon.stop();
    const { packets, dropped } = daemon.of('closing')[0]!;
    console.info(`${sent} sent, ${packets} seen, ${dropped} counted as lost`);
    expect(dropped).toBeGreaterThan(0);
    expect(Math.abs(packets! + dropped! - sent - 3)).toBeLessThanOrEqual(sent / 1000);
  });
});
