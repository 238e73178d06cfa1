import { KernelLink } from './kernel-link.ts';
import { OtherRules, POLICY_DROP, type BaseChain, type FirstPacket } from './other-rules.ts';

/** A chain of somebody else. Where it drops, our accept counts for nothing. */
export interface Obstacle {
  readonly hook: 'input' | 'forward';
  /** As nft writes it: `inet filter input`. */
  readonly chain: string;
  readonly why: 'policy drop' | 'a rule that drops all else';
  /** What lets in who bears the mark. */
  readonly remedy: string;
  /** Whether such a packet is dropped there, or may be; never no where it is. */
  readonly stops: (packet: FirstPacket) => boolean;
}

/** Asks the kernel what may stand in the way of grants. */
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
  const rules = new OtherRules(lines);
  return rules.bases.flatMap((base): Obstacle[] => {
    const { family, table, name, hook, policy, type } = base;
    const at = hook === HOOK_INPUT ? 'input' : hook === HOOK_FORWARD ? 'forward' : undefined;
    if (type !== 'filter' || at === undefined || rules.admits(base, mark ?? 0)) return [];
    const place: Place = { family: FAMILIES[family] ?? family, table, chain: name, hook: at };
    return [
      {
        hook: at,
        chain: `${place.family} ${table} ${name}`,
        why: policy === POLICY_DROP ? 'policy drop' : 'a rule that drops all else',
        remedy: remedyFor(place, (chain) => rules.has(base, chain), mark ?? USUAL_MARK),
        stops: (packet) => stops(rules, base, packet),
      },
    ];
  });
}

/** What is not sure counts as dropped where the chain drops what it does not know. */
function stops(rules: OtherRules, base: BaseChain, packet: FirstPacket): boolean {
  if (FAMILIES[base.family] === (packet.family === 4 ? 'ip6' : 'ip')) return false;
  const { end, isSure } = rules.wayThrough(base, packet);
  if (isSure) return end !== 'accept';
  return base.policy === POLICY_DROP || rules.dropsAll(base);
}

interface Place {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly hook: Obstacle['hook'];
}

// NF_INET_LOCAL_IN, NF_INET_FORWARD and the families' numbers.
const HOOK_INPUT = '1';
const HOOK_FORWARD = '2';
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
