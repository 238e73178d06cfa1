import type { TupleBatch } from 'postern';

/** Fills a row with a SYN of a source that is known by a number. */
export function putKnock(batch: TupleBatch, row: number, source: number, port: number): void {
  batch.source2[row] = 0xffff;
  batch.source3[row] = source;
  batch.key0[row] = mix(source);
  batch.key1[row] = mix(source ^ 0x5bd1e995);
  batch.port[row] = port;
  batch.protocol[row] = 6;
  batch.flags[row] = 2;
  batch.traits[row] = 48;
}

/** A hash of 32 bits (murmur3's finish). */
export function mix(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
