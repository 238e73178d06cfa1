import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { Flood, FLOOD_PAIR, type FloodOptions, type FloodReport } from '../support/flood.ts';
import { FrameSender, knocks } from '../support/frame-sender.ts';
import { netns, noNetns } from '../support/netns.ts';
import { passed } from '../support/wait.ts';

/** The flood's knocks are for its first ports. */
const SEQUENCE = '7000,8000,9000';
const DOORS = `
[ssh]
 sequence = ${SEQUENCE}
 seq_timeout = 5
 tcpflags = syn
 open = tcp/22
 open_for = 30s
`;
const KNOCKERS = Array.from({ length: 20 }, (_, nth) => `10.77.9.${nth + 1}`);
const MB = 1 << 20;
/** Two tables of 2^20 attempts: 16 bytes each that matching looks at, and an address for the log. */
const TABLE_BYTES = 32 * MB;

interface Outcome {
  readonly daemon: Daemon;
  readonly report: FloodReport;
  readonly grewBytes: number;
  readonly delivered: number;
  readonly dropped: number;
  /** Knockers who got in, and others who did. */
  readonly knockers: number;
  readonly others: number;
  /** Lines about the flood. */
  readonly lines: number;
}

describe.skipIf(noNetns)('a flood of spoofed sources', () => {
  let flood: Flood;
  beforeAll(() => {
    flood = new Flood();
  });
  afterAll(() => flood[Symbol.dispose]());

  it('R-18: of a million first knocks leaves memory bounded, the log short and 20 knockers in', async () => {
    const found = await under({ kind: 'knocks', perSecond: 100_000, seconds: 10 }, 2000, 7000);
    expect(found.report.sent).toBeGreaterThanOrEqual(900_000);
    expect(found.grewBytes).toBeLessThanOrEqual(TABLE_BYTES + 16 * MB);
    expect(found.knockers).toBeGreaterThanOrEqual(found.dropped === 0 ? 20 : 19);
    expect(found.others).toBe(0);
    expect(found.lines).toBeLessThanOrEqual(100);
  });

  it('R-20: that gets 200,000 sources to the last stage but one lets 20 knockers in', async () => {
    const found = await under({ kind: 'last', perSecond: 100_000, seconds: 4 }, 1000, 2000);
    expect(found.report.sent).toBeGreaterThanOrEqual(360_000);
    expect(found.knockers).toBeGreaterThanOrEqual(19);
    expect(found.others).toBe(0);
  });

  /** Knocks of 20 people, 0.2 s between packets, begun over a span of time in the midst of a flood. */
  async function under(options: FloodOptions, fromMs: number, spanMs: number): Promise<Outcome> {
    await using net = await netns(FLOOD_PAIR);
    const interfaces = [FLOOD_PAIR.server];
    await using daemon = await Daemon.start(net.server, { doors: DOORS, interfaces });
    const sender = new FrameSender(net.client, FLOOD_PAIR.client);
    await passed(500);
    const before = daemon.residentBytes();

    const flooding = flood.run(net.client, options);
    const timetable = KNOCKERS.flatMap((from, nth) =>
      knocks(SEQUENCE, { from }).map((frame, step) => ({
        dueMs: fromMs + (spanMs * nth) / KNOCKERS.length + 200 * step,
        frame,
      })),
    );
    await sender.sendAt(timetable);
    const report = await flooding;
    await daemon.atLeast(KNOCKERS.length, 'open');
    const grewBytes = daemon.residentBytes() - before;
    const opened = daemon.of('open').map(({ source }) => source!);
    const lines = daemon.events.filter(
      ({ event, source }) => event !== 'listening' && !KNOCKERS.includes(source ?? ''),
    ).length;
    await daemon.stop();

    const { packets = NaN, dropped = NaN } = daemon.events.at(-1)!;
    const knockers = KNOCKERS.filter((source) => opened.includes(source)).length;
    console.info(
      `${report.offered} offered, ${report.sent} sent, ${packets} delivered, ${dropped} dropped; ` +
        `${knockers} of 20 got in; ${lines} lines; memory grew by ${(grewBytes / MB).toFixed(1)} MB`,
    );
    const others = opened.length - knockers;
    return { daemon, report, grewBytes, delivered: packets, dropped, knockers, others, lines };
  }
});
