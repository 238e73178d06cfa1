import { PACKET_CLOCK } from '../../dist/engine/clock.js';
import { Engine } from '../../dist/engine/engine.js';
import type { Matching } from '../../dist/engine/matching.js';
import { memoryFirewall } from '../../dist/firewall/memory.js';
import { jsonLine } from '../../dist/report/json.js';
import { door, ports } from './door.ts';

/** Ports that the public captures are full of, with windows of which many are over. */
export const BUSY_DOORS = [
  door('80,443', { name: 'web', windowSeconds: 2, open: [ports('tcp/22')], openForSeconds: 1 }),
  door('53:udp,80', {
    name: 'names',
    windowSeconds: 5,
    open: [ports('tcp/23')],
    openForSeconds: 3,
  }),
  door('80,80', { name: 'twice', windowSeconds: 1, ignoreRepeats: false, onWrongPort: 'ignore' }),
  door('7001,8002:udp,9003', { name: 'ssh', windowSeconds: 5, open: [ports('tcp/24')] }),
  door('25,21', { name: 'old', windowSeconds: 1, open: [ports('tcp/26')] }),
];

/** All that a replay through these doors tells, the way it ended included. */
export async function replayLines(
  matching: Pick<Matching, 'run' | 'ignore' | 'stats'>,
): Promise<string[]> {
  const doors = BUSY_DOORS;
  const lines: string[] = [];
  const firewall = memoryFirewall();
  await firewall.start(doors);
  const report = (event: Parameters<typeof jsonLine>[0]): void => {
    lines.push(jsonLine(event) ?? event.event);
  };
  try {
    await new Engine({ matching, firewall, report, doors: () => doors, clock: PACKET_CLOCK }).run();
  } catch (error) {
    lines.push(String(error));
  }
  return lines;
}
