import { codeOf, sealedDoorOf, type ClientDoor } from '../client/door-file.ts';
import { codeKnock, sealedKnock, type EncodedKnock } from '../client/encode.ts';
import { ownAddress } from '../client/own-address.ts';
import { resolve } from '../client/resolve.ts';
import { MOST_OFFERS, type Terms } from '../codec/terms.ts';
import { parseAddress, type Address } from '../tuple/address.ts';
import { longestPrefix } from '../tuple/network.ts';
import type { KnockOrder } from './knock-flags.ts';

/** What to send to a door of the door file, or what the file does not say. */
export async function doorSteps(
  name: string,
  door: ClientDoor & { readonly host: string },
  order: KnockOrder,
): Promise<EncodedKnock | { readonly missing: string }> {
  const code = codeOf(door);
  if (code !== undefined) return codeKnock(code);
  if (door.isSealed !== true) {
    return door.steps === undefined ? { missing: 'sequence' } : { steps: door.steps, fields: [] };
  }
  const sealed = sealedDoorOf(name, door);
  if ('missing' in sealed) return sealed;
  const terms = termsOf(order, sealed.actions);
  if (terms === undefined) return { missing: `action "${order.action}"` };
  const address = await clientAddress(door, order);
  if (order.prefix > longestPrefix(address.family))
    return { missing: 'addresses with so long a prefix' };
  return sealedKnock(sealed, { address, terms, prefix: order.prefix });
}

/** Undefined for an action that the door does not offer. */
function termsOf({ action, terms }: KnockOrder, offers: readonly string[] = []): Terms | undefined {
  if (action === undefined) return terms;
  const named = offers.indexOf(action);
  const place = named < 0 && /^\d{1,2}$/.test(action) ? Number(action) - 1 : named;
  return place >= 0 && place < MOST_OFFERS ? { kind: 'offer', place } : undefined;
}

/** Who is to be let in: whoever is named, else this host as the server sees it without translation. */
async function clientAddress(
  door: ClientDoor & { readonly host: string },
  order: KnockOrder,
): Promise<Address> {
  const named = order.client ?? door.client ?? order.source ?? door.source;
  if (named !== undefined) return parseAddress(named)!;
  const families = order.families ?? door.family;
  const [first] = await resolve(door.host, families === 'both' ? undefined : families);
  return parseAddress(await ownAddress(first!))!;
}
