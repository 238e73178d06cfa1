import { readFileSync } from 'node:fs';

/** Whether the old iptables, which nftables knows nothing of, translates addresses here. */
export function hasLegacyNat(): boolean {
  return ['ip', 'ip6'].some((family) => {
    try {
      return readFileSync(`/proc/net/${family}_tables_names`, 'utf8').split('\n').includes('nat');
    } catch {
      return false; // no such file: the old tables were never loaded
    }
  });
}
