import type { Encoded } from '../../door/encoded.ts';
import { portAt, spanSize } from '../../door/span.ts';
import { portKey, type CompiledDoor, type PortKey } from '../compiled-door.ts';
import type { Codec } from './codec.ts';

/** The ports that an encoded door listens at: those of its span that a symbol can fall on. */
export function usedKeys({ door, encoded }: CompiledDoor): PortKey[] {
  if (encoded === undefined || door.encoded === undefined || door.shutBecause) return [];
  const { carrier } = door.encoded;
  const used = usedPorts(door.encoded, encoded.codec);
  return Array.from({ length: used }, (_, at) => portKey(carrier, portAt(encoded.span, at)));
}

function usedPorts({ span }: Encoded, codec: Codec | undefined): number {
  if (codec === undefined || codec.kind === 'stream') return spanSize(span);
  return codec.layout.places * codec.layout.values;
}
