import { sealedKey, sealedLayout } from '../../src/codec/sealed-key.ts';
import { seal, type SealedContent } from '../../src/codec/sealed-message.ts';
import { sealedCodec } from '../../src/codec/sealed-codec.ts';
import type { ClientKey } from '../../src/codec/key-file.ts';
import type { Door } from '../../src/door/door.ts';
import type { SealedKnock } from '../../src/door/encoded.ts';
import { portAt, spanSize } from '../../src/door/span.ts';
import { parseAddress } from '../../src/tuple/address.ts';
import { door } from './door.ts';
import type { Packet } from './tuples.ts';

export const KEY: ClientKey = { name: 'alice', key: Buffer.alloc(32, 7) };
export const NOW = 1_700_000_000;
export const ME = '203.0.113.9';

/** A door with sealed knocks on 256 ports, and one client. */
export function sealedDoor(over: Partial<SealedKnock> = {}, rest: Partial<Door> = {}): Door {
  const encoded: SealedKnock = {
    kind: 'sealed',
    carrier: 'tcp',
    span: [{ from: 40_000, to: 40_255 }],
    maxQueues: 64,
    keyFile: '/nowhere',
    windowSeconds: 30,
    address: 'agree',
    longestSeconds: 3600,
    ...over,
  };
  const plain = door('1', { name: 'ssh', tripwireHoldSeconds: 0, windowSeconds: 25 });
  return { ...plain, steps: [], encoded, ...rest };
}

export function sealedOf({ encoded }: Door): SealedKnock {
  return encoded as SealedKnock;
}

/** How its knocks are read, by these clients' keys. */
export function codecFor(
  each: Door,
  clients: readonly ClientKey[] = [KEY],
): ReturnType<typeof sealedCodec> {
  return sealedCodec(each, sealedOf(each), clients);
}

export interface Sealed extends Partial<Omit<SealedContent, 'address'>> {
  readonly key?: ClientKey;
  readonly address?: string;
}

/** The ports of a sealed knock, by place; by default it is alice's, made now and for `ME`. */
export function sealedPorts(
  each: Door,
  { key = KEY, address = ME, ...over }: Sealed = {},
): number[] {
  const { span, address: rule } = sealedOf(each);
  const layout = sealedLayout(spanSize(span), rule)!;
  const content = { seconds: NOW, salt: 1, terms: 0, prefix: 0, ...over };
  const made = seal(
    { ...content, address: parseAddress(address)! },
    sealedKey(key.key, each.name, layout),
    rule,
    layout,
  );
  return made.map((value, place) => portAt(span, place * layout.values + value));
}

/** SYNs to these ports, a millisecond apart. */
export function sent(ports: readonly number[], at: number = NOW, from: string = ME): Packet[] {
  return ports.map((tcp, nth) => ({ tcp, from, at: at + nth * 1e-3 }));
}
