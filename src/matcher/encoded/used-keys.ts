import type { Encoded } from '../../door/encoded.ts';
import { portAt, spanSize } from '../../door/span.ts';
import { portKey, type CompiledDoor, type PortKey } from '../compiled-door.ts';
import type { Codec } from './codec.ts';

/** The ports that an encoded door listens at: those of its span that a symbol can fall on. Pings count by either family. */
export function usedKeys({ door, encoded }: CompiledDoor): PortKey[] {
  if (encoded === undefined || door.encoded === undefined || door.shutBecause) return [];
  const { carrier } = door.encoded;
  const used = usedPorts(door.encoded, encoded.codec);
  const protocols = carrier === 'icmp' ? (['icmp', 'icmp6'] as const) : [carrier];
  return protocols.flatMap((protocol) =>
    Array.from({ length: used }, (_, at) => portKey(protocol, portAt(encoded.span, at))),
  );
}

function usedPorts({ span }: Encoded, codec: Codec | undefined): number {
  if (codec === undefined || codec.kind === 'stream') return spanSize(span);
  return codec.layout.places * codec.layout.values;
}
