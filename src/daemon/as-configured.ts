import type { Configuration } from '../config/configuration.ts';
import { narrowedSource } from '../source/narrowed.ts';
import { rowByRow } from '../source/row-by-row.ts';
import type { TupleSource } from '../source/source.ts';
import { linkKind } from './link-kind.ts';
import type { LiveSources } from './live-sources.ts';
import type { PacketLines } from './packet-lines.ts';

/** How packets are to be read. */
export interface Reading {
  readonly configuration: Configuration;
  /** Leave IPv6 out altogether. */
  readonly onlyIpv4: boolean;
  /** A line for stderr alone, in 0.8's words. */
  readonly remark: (line: string) => void;
}

/** In compat 0.8's eyes: no extension headers, and IPv6 on Ethernet alone. */
export function asConfigured(
  { ring, tuples }: LiveSources,
  { configuration, onlyIpv4, remark }: Reading,
  packetLines: PacketLines | undefined,
): TupleSource {
  const isCompat = configuration.options.compat === 'knockd';
  const isBare = isCompat && linkKind(ring?.hardware[0]) !== 'ethernet';
  const complaint = (): void => remark('IPv6 is not supported under this link-layer type');
  const withoutIpv6 = isBare && !onlyIpv4 ? complaint : onlyIpv4;
  const narrowed = narrowedSource(tuples, { withoutIpv6, withoutExtended: isCompat });
  return packetLines === undefined ? narrowed : rowByRow(narrowed, packetLines);
}
