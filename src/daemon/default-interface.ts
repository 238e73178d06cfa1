import { readFileSync } from 'node:fs';

/** Where to listen if nobody says: eth0 if there is one, else where the default route goes; undefined if there is neither. */
export function defaultInterface(): string | undefined {
  return hasInterface('eth0') ? 'eth0' : defaultRouteInterface();
}

function hasInterface(name: string): boolean {
  return lines('/proc/net/dev').some((line) => line.trimStart().startsWith(`${name}:`));
}

/** By IPv4, else by IPv6. */
function defaultRouteInterface(): string | undefined {
  return defaultRoute4() ?? defaultRoute6();
}

/** Columns of /proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask ... */
function defaultRoute4(): string | undefined {
  return lines('/proc/net/route')
    .slice(1)
    .map((line) => line.split('\t'))
    .find(
      ([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000',
    )?.[0];
}

/** Columns of /proc/net/ipv6_route: destination, its prefix, source, its prefix, gateway, metric, counts, flags, interface. */
function defaultRoute6(): string | undefined {
  return lines('/proc/net/ipv6_route')
    .map((line) => line.trim().split(/\s+/))
    .find(([, prefix, , , gateway]) => prefix === '00' && !/^0*$/.test(gateway ?? ''))
    ?.at(-1);
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
