import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** Where to listen if nobody says: eth0 if there is one, else where the default route goes, else eth0 (and its error). */
export function defaultInterface(): string {
  if ('eth0' in networkInterfaces()) return 'eth0';
  return defaultRouteInterface() ?? 'eth0';
}

/** Columns of /proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask ... */
function defaultRouteInterface(): string | undefined {
  try {
    return readFileSync('/proc/net/route', 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .find(
        ([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000',
      )?.[0];
  } catch {
    return undefined;
  }
}
