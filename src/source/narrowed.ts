import { TRAIT, type TupleBatch } from '../tuple/batch.ts';
import { COUNTERS } from '../tuple/columns.ts';
import { mappedSource } from './mapped.ts';
import type { TupleSource } from './source.ts';

export interface NarrowedOptions {
  /** Leave out IPv6 packets; with a function, tell it of each. */
  readonly withoutIpv6: boolean | (() => void);
  /** Leave out packets with extension headers. */
  readonly withoutExtended: boolean;
}

const LEFT_OUT = COUNTERS.indexOf('otherProtocol');

/** A source in which some packets that were wanted are nobody's any more: marked, so that no row moves. */
export function narrowedSource(inner: TupleSource, options: NarrowedOptions): TupleSource {
  const traits =
    (options.withoutIpv6 === false ? 0 : TRAIT.ipv6) |
    (options.withoutExtended ? TRAIT.extended : 0);
  const onIpv6 = typeof options.withoutIpv6 === 'function' ? options.withoutIpv6 : undefined;
  if (traits === 0) return inner;
  return mappedSource(inner, async function* (batches) {
    for await (const batch of batches) {
      leaveOut(batch, traits, onIpv6);
      yield batch;
    }
  });
}

function leaveOut(batch: TupleBatch, unwanted: number, onIpv6: (() => void) | undefined): void {
  const { length, traits, verdict } = batch;
  for (let row = 0; row < length; row++) {
    if ((traits[row]! & unwanted) === 0) continue;
    verdict[row] = LEFT_OUT;
    if ((traits[row]! & TRAIT.ipv6) !== 0) onIpv6?.();
  }
}
