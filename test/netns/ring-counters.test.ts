import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startFixture } from '../support/agent-client.ts';
import { Flood, FLOOD_PAIR } from '../support/flood.ts';
import { netns, noNetns } from '../support/netns.ts';
import { passed } from '../support/wait.ts';

interface Readings {
  readonly readings: readonly Record<(typeof NAMES)[number], number>[];
  readonly taken: number;
}
const NAMES = ['packets', 'wanted', 'bytes', 'dropped'] as const;
const FRAME_BYTES = 60;

describe.skipIf(noNetns)('the counters of a ring', () => {
  it('R-29: only grow, read 100 times a second under load, and come to what was sent', async () => {
    using flood = new Flood();
    await using net = await netns(FLOOD_PAIR);
    const ring = await startFixture(
      net.server,
      join(import.meta.dirname, '../support/ring-agent.ts'),
    );
    await ring.call('open', FLOOD_PAIR.server, [7000], 10);
    const report = await flood.run(net.client, { kind: 'knocks', perSecond: 50_000, seconds: 5 });
    await passed(100);
    const { readings, taken } = await ring.call<Readings>('close');

    expect(readings.length).toBeGreaterThan(100);
    for (const name of NAMES) {
      const shrunk = readings.filter((each, at) => at > 0 && each[name] < readings[at - 1]![name]);
      expect(shrunk).toEqual([]);
    }
    const { packets, wanted, bytes, dropped } = readings.at(-1)!;
    expect(wanted + dropped).toBe(report.sent);
    expect(taken).toBe(wanted);
    expect(bytes).toBeGreaterThanOrEqual(wanted * FRAME_BYTES);
    // IPv6 packets with extension headers pass the kernel's filter, as those of neighbour discovery do.
    expect(packets - wanted).toBeLessThan(50);
  });
});
