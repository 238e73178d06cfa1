import type { UsedSets } from '../../src/door/door.ts';
import type { Namespace } from './netns.ts';

/** The sets of `FILTER`, as a door names them. */
export const ALLOWED: UsedSets = {
  ipv4: { table: 'inet filter', name: 'allowed' },
  ipv6: { table: 'inet filter', name: 'allowed6' },
};

/** An administrator's own rules, which drop what his sets do not let in. */
export const FILTER: string = filter();

/** The same with sets that also hold these. */
export function filter({ elements = '', flags = 'flags timeout' } = {}): string {
  const set = (name: string, type: string, more: string): string =>
    `set ${name} {\n type ${type}\n ${flags}\n ${more}\n}`;
  return `table inet filter {
    ${set('allowed', 'ipv4_addr', elements)}
    ${set('allowed6', 'ipv6_addr', '')}
    chain input {
      type filter hook input priority filter; policy drop;
      iif "lo" accept
      ct state established,related accept
      meta l4proto ipv6-icmp accept
      ip saddr @allowed tcp dport 22 accept
      ip6 saddr & ffff:ffff:ffff:ffff:: @allowed6 tcp dport 23 accept
      ip6 saddr @allowed6 tcp dport 22 accept
    }
  }`;
}

/** An element of a set, whatever its key. */
export interface OwnElement {
  /** The parts of the key. */
  readonly key: readonly (string | number)[];
  /** Infinity for an element without an end. */
  readonly expiresSeconds: number;
  readonly comment?: string;
}

/** What is in a set, as the real nft sees it; undefined if there is no such set. */
export function elementsIn(
  namespace: Namespace,
  set: string = 'inet filter allowed',
): OwnElement[] | undefined {
  let text: string;
  try {
    text = namespace.run(['nft', '-j', 'list', 'set', ...set.split(' ')]);
  } catch {
    return undefined;
  }
  const { nftables } = JSON.parse(text) as { nftables: { set?: { elem?: Listed[] } }[] };
  const elements = nftables.find((each) => each.set !== undefined)?.set?.elem ?? [];
  return elements.map((each) => {
    const {
      val,
      expires = Infinity,
      comment,
    } = typeof each === 'object' && 'elem' in each ? each.elem : { val: each };
    const key = typeof val === 'string' ? [val] : val.concat;
    return { key, expiresSeconds: expires, ...(comment === undefined ? {} : { comment }) };
  });
}

type Key = string | { concat: (string | number)[] };
type Listed = { elem: { val: Key; expires?: number; comment?: string } } | Key;
