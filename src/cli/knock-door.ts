import { codeOf, sealedDoorOf, type ClientDoor } from '../client/door-file.ts';
import { codeKnock, sealedKnock, type EncodedKnock } from '../client/encode.ts';
import { ownAddress } from '../client/own-address.ts';
import { resolve } from '../client/resolve.ts';
import { parseAddress, type Address } from '../tuple/address.ts';
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
  return sealedKnock(sealed, await clientAddress(door, order), order.terms);
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
