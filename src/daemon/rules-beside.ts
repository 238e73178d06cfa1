import { printable } from '../config/printable.ts';
import type { Options } from '../config/configuration.ts';
import type { Door } from '../door/door.ts';
import { behindOf, type IsOurs } from '../firewall/nft/behind.ts';
import { readMisfits } from '../firewall/nft/borrowed/read-misfits.ts';
import { readObstacles, USUAL_MARK, type Obstacle } from '../firewall/nft/obstacles.ts';

/** What keeps doors from using sets of other tables. */
export function setsBeside(doors: readonly Door[]): string[] {
  return readMisfits(doors).map(printable);
}

/** What other people's chains keep from doors, with the line that lets grants through; nothing where the kernel is not to be asked. */
export function rulesBeside(
  doors: readonly Door[],
  { mark }: Pick<Options, 'mark'>,
  isOurs: IsOurs,
  read: (mark: number | undefined) => readonly Obstacle[] = readObstacles,
): string[] {
  const hooks = new Map<Obstacle['hook'], Set<string>>();
  for (const door of doors) {
    if (door.useSet !== undefined) continue; // its rules stand where its set does
    for (const ports of door.open) {
      const hook = behindOf(door, ports, isOurs) === undefined ? 'input' : 'forward';
      hooks.set(hook, (hooks.get(hook) ?? new Set()).add(door.name));
    }
  }
  if (hooks.size === 0) return [];
  return read(mark).flatMap(({ hook, chain, why, remedy }) => {
    const names = hooks.get(hook);
    if (names === undefined) return [];
    const first =
      mark === undefined ? `mark = 0x${USUAL_MARK.toString(16)} in [options], and then ` : '';
    return [
      `${printable(chain)} has ${why}: door ${[...names].join(', ')} opens nothing that its own rules do not accept. To let grants through: ${first}${printable(remedy)}`,
    ];
  });
}
