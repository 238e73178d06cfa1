import type { Namespace } from './netns.ts';

/** A grant as the real nft lists it. */
export interface KernelElement {
  readonly address: string;
  readonly port: number;
  /** Infinity for an element without an end. */
  readonly expiresSeconds: number;
}

/** The grants in a set of our table, as the real nft sees them. */
export function elementsOf(namespace: Namespace, set = 'open4'): KernelElement[] {
  const text = namespace.run(['nft', '-j', 'list', 'set', 'inet', 'postern', set]);
  const { nftables } = JSON.parse(text) as { nftables: { set?: { elem?: NftElement[] } }[] };
  const elements = nftables.find((each) => each.set !== undefined)?.set?.elem ?? [];
  return elements.map((each) => {
    // An element without a timeout is a bare value.
    const { val, expires = Infinity } = 'elem' in each ? each.elem : { val: each };
    return { address: val.concat[0], port: val.concat[2], expiresSeconds: expires };
  });
}

/** How many milliseconds the grants in a set have left, by their addresses; nft's JSON tells whole seconds alone. */
export function leftMsIn(namespace: Namespace, set = 'open4'): Map<string, number> {
  const text = namespace.run(['nft', 'list', 'set', 'inet', 'postern', set]);
  const elements = text.matchAll(
    /([\da-f.:]+) \. \w+ \. \S+ timeout \S+ expires (\S+?)(?: comment|,|\s)/g,
  );
  return new Map([...elements].map(([, address, left]) => [address!, durationMs(left!)]));
}

function durationMs(text: string): number {
  const units: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...text.matchAll(/(\d+)(ms|[dhms])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}

type NftKey = { concat: [string, string, number] };
type NftElement = { elem: { val: NftKey; expires?: number } } | NftKey;
