import { BlockedSources } from '../matcher/blocked-sources.ts';
import { rangesOf } from '../tuple/address-ranges.ts';
import type { Network } from '../tuple/network.ts';
import type { AddressLists } from './address-lists.ts';
import type { Options } from './configuration.ts';

/** Who is not heard, by the lists and by these networks. */
export function blockedSources(
  { trusted }: Options,
  { allow, block }: AddressLists,
  byHand: readonly Network[] = [],
): BlockedSources {
  return new BlockedSources([block, rangesOf(byHand)], [allow, rangesOf(trusted)]);
}
