import type { Door } from '../door/door.ts';
import { pcapExpression } from '../report/pcap-expression.ts';
import { formatAddress } from '../tuple/address.ts';
import { linkText, type LinkKind } from './link-kind.ts';
import { checkTargetNames } from './target-names.ts';
import type { Vantage } from './vantage.ts';

/** 0.8 hears what the host sends itself. That can be a knock only at another host, or break one where no filter is. */
export function hasUseForOwnPackets(
  doors: readonly Door[],
  interfaces: readonly string[],
  { isUnfiltered }: Vantage,
): boolean {
  const isLoopback = interfaces.some((name) => name === 'lo' || name === 'any');
  return !isLoopback && (isUnfiltered || doors.some(({ target }) => target !== undefined));
}

/** 0.8 starts on some kinds of link alone, and only with targets that its filter can name. */
export async function checkFilter(kind: LinkKind, doors: readonly Door[]): Promise<void> {
  if (typeof kind === 'object') {
    throw Object.assign(new Error(linkText(kind)), { code: 'KNOCKD_LINK' });
  }
  await checkTargetNames(doors);
}

/** What 0.8 says of its filter: all doors for IPv4, then all for IPv6. */
export function filterLines(doors: readonly Door[], { addresses }: Vantage): string[] {
  return ([4, 6] as const).flatMap((family) => {
    const ours = addresses.filter((address) => address.family === family).map(formatAddress);
    if (ours.length === 0) return [];
    return doors.map(
      (door) =>
        `adding pcap expression for door '${door.name}': ${pcapExpression(door, family, ours)}`,
    );
  });
}
