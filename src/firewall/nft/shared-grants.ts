import type { Door } from '../../door/door.ts';
import { grantPrefix } from '../../door/grant-prefix.ts';
import { samePorts } from '../../door/ports.ts';
import type { Address } from '../../tuple/address.ts';
import type { Grant } from '../firewall.ts';
import type { Layout, Target } from './draw-table.ts';
import type { FoundElements } from './found-grants.ts';

/**
 * Of the grants before a reload, those whose elements are there under the tag of another door's grant,
 * which ends later: by tags alone they would not be found again.
 */
export function sharedGrants(
  before: readonly Grant[],
  found: readonly FoundElements[],
  { targets }: Pick<Layout, 'targets'>,
  doors: readonly Door[],
): Grant[] {
  if (before.length === 0) return [];
  const there = keysOf(found);
  return before.flatMap((grant) => {
    const { door: old, source, prefix, ports: had } = grant;
    const door = doors.find(({ name }) => name === old.name);
    if (door === undefined || grantPrefix(door, source.family) !== prefix) return [];
    const own = targets.get(door)?.[source.family === 4 ? 'ipv4' : 'ipv6'] ?? [];
    const ports = own
      .filter((target) => !target.isLive && there.has(keyFor(target, source)))
      .map((target) => target.ports)
      .filter((each) => had.some((other) => samePorts(each, other)));
    return ports.length === 0 ? [] : [{ ...grant, door, ports }];
  });
}

function keysOf(found: readonly FoundElements[]): Set<string> {
  const keys = new Set<string>();
  for (const { set, rows } of found) {
    const { protocol, port, word0, word1, word2, word3, action } = rows;
    for (let row = 0; row < rows.capacity; row++) {
      if (action[row] !== 1) continue;
      const words = [word0[row], word1[row], word2[row], word3[row]];
      keys.add([set, protocol[row], port[row], ...words].join());
    }
  }
  return keys;
}

function keyFor({ set, protocol, port }: Target, { words }: Address): string {
  return [set, protocol, port, ...words].join();
}
