import type { Namespace } from './netns.ts';

/** A grant as the real nft lists it. */
export interface KernelElement {
  readonly address: string;
  readonly port: number;
  /** Infinity for an element without an end. */
  readonly expiresSeconds: number;
}

/** The grants in a set of our table, as the real nft sees them. */
export function elementsOf(
  namespace: Namespace,
  set: 'open4' | 'open6' = 'open4',
): KernelElement[] {
  const text = namespace.run(['nft', '-j', 'list', 'set', 'inet', 'postern', set]);
  const { nftables } = JSON.parse(text) as { nftables: { set?: { elem?: NftElement[] } }[] };
  const elements = nftables.find((each) => each.set !== undefined)?.set?.elem ?? [];
  return elements.map((each) => {
    // An element without a timeout is a bare value.
    const { val, expires = Infinity } = 'elem' in each ? each.elem : { val: each };
    return { address: val.concat[0], port: val.concat[2], expiresSeconds: expires };
  });
}

type NftKey = { concat: [string, string, number] };
type NftElement = { elem: { val: NftKey; expires?: number } } | NftKey;
