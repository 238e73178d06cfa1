import type { AddressRanges } from '../tuple/address-ranges.ts';
import { TRAIT, type TupleBatch } from '../tuple/batch.ts';

/** Sources whose knocks are not heard. Who is exempt is heard all the same. */
export class BlockedSources {
  readonly blocked: readonly AddressRanges[];
  readonly exempt: readonly AddressRanges[];

  constructor(blocked: readonly AddressRanges[], exempt: readonly AddressRanges[]) {
    this.blocked = blocked.filter(({ count }) => count > 0);
    this.exempt = exempt.filter(({ count }) => count > 0);
  }

  /** Nobody is blocked. */
  get isEmpty(): boolean {
    return this.blocked.length === 0;
  }

  has(batch: TupleBatch, row: number): boolean {
    return isIn(this.blocked, batch, row) && !isIn(this.exempt, batch, row);
  }
}

function isIn(some: readonly AddressRanges[], batch: TupleBatch, row: number): boolean {
  const isIpv6 = (batch.traits[row]! & TRAIT.ipv6) !== 0;
  for (const ranges of some) {
    const isHere = isIpv6
      ? ranges.has6(
          batch.source0[row]!,
          batch.source1[row]!,
          batch.source2[row]!,
          batch.source3[row]!,
        )
      : ranges.has4(batch.source3[row]!);
    if (isHere) return true;
  }
  return false;
}
