import { readFileSync } from 'node:fs';
import type { Door } from '../door/door.ts';
import { behindOf, isElsewhere, type IsOurs } from '../firewall/nft/behind.ts';
import { formatAddress, sameAddress } from '../tuple/address.ts';
import { localAddresses } from './local-addresses.ts';

/** Whether addresses are this host's, as it is now. */
export function ownAddresses(): IsOurs {
  const own = localAddresses(['any']);
  return (address) => own.some((each) => sameAddress(each, address));
}

const SWITCHES = {
  4: { name: 'net.ipv4.ip_forward', file: '/proc/sys/net/ipv4/ip_forward' },
  6: { name: 'net.ipv6.conf.all.forwarding', file: '/proc/sys/net/ipv6/conf/all/forwarding' },
} as const;

/** What is worth knowing about doors to machines behind this host: nothing is switched on here. */
export function forwardingRemarks(
  doors: readonly Door[],
  isOurs: IsOurs,
  isOn: (family: 4 | 6) => boolean = forwards,
): string[] {
  const ways = doors.flatMap((door) =>
    door.open.flatMap((ports) => {
      const behind = behindOf(door, ports, isOurs);
      return behind === undefined ? [] : [{ door, behind }];
    }),
  );
  const remarks = ([4, 6] as const).flatMap((family) => {
    const names = namesOf(ways.filter(({ behind }) => behind.address.family === family));
    if (names === '' || isOn(family)) return [];
    return [
      `${names} can't lead anywhere: this host forwards no IPv${family} (sysctl ${SWITCHES[family].name}=1)`,
    ];
  });
  for (const [door, address] of elsewhere(doors, isOurs)) {
    remarks.push(`door ${door} opens ports of ${address}, a machine behind this host`);
  }
  const translating = namesOf(ways.filter(({ behind }) => behind.isTranslated));
  if (translating === '') return remarks;
  return [
    ...remarks,
    `${translating} sends connections on by address translation: the kernel tracks all connections of this host from now on`,
  ];
}

/** Names of doors that are about another machine's ports, and its addresses. */
export function elsewhere(doors: readonly Door[], isOurs: IsOurs): [string, string][] {
  return doors
    .filter((door) => door.open.length > 0 && isElsewhere(door, isOurs))
    .map(({ name, target }) => [name, formatAddress(target!)]);
}

function namesOf(ways: readonly { readonly door: Door }[]): string {
  const names = [...new Set(ways.map(({ door }) => door.name))];
  return names.length === 0 ? '' : `door ${names.join(', ')}`;
}

function forwards(family: 4 | 6): boolean {
  try {
    return readFileSync(SWITCHES[family].file, 'utf8').trim() !== '0';
  } catch {
    return true; // not to be known: nothing is claimed
  }
}
