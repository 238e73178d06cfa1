import { KernelLink } from './kernel-link.ts';

/** A chain of somebody else that drops what its own rules do not accept: there our accept counts for nothing. */
export interface Obstacle {
  readonly hook: 'input' | 'forward';
  /** As nft writes it: `inet filter input`. */
  readonly chain: string;
  readonly why: 'policy drop' | 'a rule that drops all else';
  /** What lets in who bears the mark. */
  readonly remedy: string;
}

/** Asks the kernel what stands in the way of grants. */
export function readObstacles(mark: number | undefined): readonly Obstacle[] {
  const link = new KernelLink(0);
  try {
    return obstaclesIn(link.otherChains(), mark);
  } finally {
    link[Symbol.dispose]();
  }
}

/** The bit that remedies name where the configuration has none. */
export const USUAL_MARK = 0x1000_0000;

/** The same from lines of native/netlink/other_chains.h. A table that accepts by the mark already is none. */
export function obstaclesIn(lines: readonly string[], mark: number | undefined): Obstacle[] {
  const words = lines.map((line) => line.split(' '));
  const chains = new Set(
    words.filter(([kind]) => kind === 'chain').map((rest) => rest.slice(1).join(' ')),
  );
  const drops = new Set(
    words.filter(([kind]) => kind === 'drops').map((rest) => rest.slice(1).join(' ')),
  );
  const admits = words.filter(
    ([kind, , mask]) => kind === 'admits' && (Number(mask) & (mark ?? 0)) !== 0,
  );
  return words.flatMap(([kind, family, hook, , policy, type, chain, table]): Obstacle[] => {
    if (kind !== 'base' || type !== 'filter') return [];
    const at = hook === HOOK_INPUT ? 'input' : hook === HOOK_FORWARD ? 'forward' : undefined;
    if (at === undefined) return [];
    const hasRule = drops.has(`${family} ${chain} ${table}`);
    if (policy !== POLICY_DROP && !hasRule) return [];
    if (admits.some((rest) => rest[1] === family && rest[4] === table)) return [];
    const place: Place = {
      family: FAMILIES[family!] ?? family!,
      table: table!,
      chain: chain!,
      hook: at,
    };
    const has = (name: string): boolean => chains.has(`${family} ${name} ${table}`);
    return [
      {
        hook: at,
        chain: `${place.family} ${place.table} ${place.chain}`,
        why: policy === POLICY_DROP ? 'policy drop' : 'a rule that drops all else',
        remedy: remedyFor(place, has, mark ?? USUAL_MARK),
      },
    ];
  });
}

interface Place {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly hook: Obstacle['hook'];
}

// NF_INET_LOCAL_IN, NF_INET_FORWARD, NF_DROP and the families' numbers.
const HOOK_INPUT = '1';
const HOOK_FORWARD = '2';
const POLICY_DROP = '0';
const FAMILIES: Readonly<Record<string, string>> = { 1: 'inet', 2: 'ip', 10: 'ip6' };

function remedyFor(place: Place, has: (chain: string) => boolean, mark: number): string {
  const { family, table, chain, hook } = place;
  const bits = `0x${mark.toString(16)}`;
  const isIptables = family !== 'inet' && table === 'filter' && chain === hook.toUpperCase();
  if (!isIptables) {
    const line = `nft insert rule ${family} ${table} ${chain} 'meta mark & ${bits} != 0 accept'`;
    return table === 'firewalld' ? `${line} (again after each firewall-cmd --reload)` : line;
  }
  const match = `-m mark --mark ${bits}/${bits} -j ACCEPT`;
  const six = family === 'ip6' ? '6' : '';
  const ufw = `ufw${six}-before-${hook}`;
  if (has(ufw)) return `in /etc/ufw/before${six}.rules, above COMMIT: -A ${ufw} ${match}`;
  const into = hook === 'forward' && has('DOCKER-USER') ? 'DOCKER-USER' : chain;
  return `ip${six}tables -I ${into} ${match}`;
}
