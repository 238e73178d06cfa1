import type { Address } from './address.ts';
import { TRAIT, type TupleBatch } from './batch.ts';

/** The source address of a row, as a value that outlives the loan. */
export function sourceAt(batch: TupleBatch, row: number): Address {
  return {
    family: familyAt(batch, row),
    words: [batch.source0[row]!, batch.source1[row]!, batch.source2[row]!, batch.source3[row]!],
  };
}

/** The destination address of a row, as a value that outlives the loan. */
export function targetAt(batch: TupleBatch, row: number): Address {
  return {
    family: familyAt(batch, row),
    words: [batch.target0[row]!, batch.target1[row]!, batch.target2[row]!, batch.target3[row]!],
  };
}

function familyAt(batch: TupleBatch, row: number): 4 | 6 {
  return (batch.traits[row]! & TRAIT.ipv6) === 0 ? 4 : 6;
}
