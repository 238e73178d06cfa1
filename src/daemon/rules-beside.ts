import { printable } from '../config/printable.ts';
import type { Options } from '../config/configuration.ts';
import type { Door } from '../door/door.ts';
import { behindOf, type IsOurs } from '../firewall/nft/behind.ts';
import { readMisfits } from '../firewall/nft/borrowed/read-misfits.ts';
import { readObstacles, USUAL_MARK, type Obstacle } from '../firewall/nft/obstacles.ts';
import type { FirstPacket } from '../firewall/nft/other-rules.ts';

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
  const ways = doors.flatMap((door) => waysOf(door, isOurs));
  if (ways.length === 0) return [];
  return read(mark).flatMap(({ hook, chain, why, remedy, stops }) => {
    const stopped = ways.filter((way) => way.hook === hook && stops(way.packet));
    if (stopped.length === 0) return [];
    const names = [...new Set(stopped.map(({ door }) => door))];
    const who = names.length === 1 ? `door ${names[0]} opens` : `doors ${names.join(', ')} open`;
    const first =
      mark === undefined ? `mark = 0x${USUAL_MARK.toString(16)} in [options], and then ` : '';
    return [
      `${printable(chain)} has ${why}: ${who} nothing that its own rules do not accept. To let grants through: ${first}${printable(remedy)}`,
    ];
  });
}

interface Way {
  readonly door: string;
  readonly hook: Obstacle['hook'];
  readonly packet: FirstPacket;
}

/** What who has a grant sends first, by both families. A door that uses a set has its rules where that is. */
function waysOf(door: Door, isOurs: IsOurs): Way[] {
  if (door.useSet !== undefined) return [];
  return door.open.flatMap((outer) => {
    const behind = behindOf(door, outer, isOurs);
    const { protocol, from, to } = behind?.ports ?? outer;
    const families = behind === undefined ? ([4, 6] as const) : [behind.address.family];
    const isHere = behind === undefined;
    return families.map((family) => ({
      door: door.name,
      hook: isHere ? 'input' : 'forward',
      packet: { family, protocol, from, to, isHere },
    }));
  });
}
