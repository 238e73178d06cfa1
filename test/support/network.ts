import type { Block } from '../../src/firewall/block.ts';
import { parseAddress } from '../../src/tuple/address.ts';
import type { Network } from '../../src/tuple/network.ts';

/** `203.0.113.0/24`, or an address for itself alone. */
export function networkOf(text: string): Network {
  const [name, length] = text.split('/');
  const address = parseAddress(name!)!;
  return { address, prefix: Number(length ?? (address.family === 4 ? 32 : 128)) };
}

/** A block of a network, `[text]` for ever or `[text, untilMs]`. */
export function blockOf([text, untilMs]: NamedBlock): Block {
  return { network: networkOf(text), untilMs };
}

export type NamedBlock = readonly [network: string, untilMs?: number];
