import { codeOf, legacyDoorOf, sealedDoorOf, type ClientDoor } from '../client/door-file.ts';
import type { LegacyDoor } from '../client/encode-legacy.ts';
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
  const legacy = legacyDoorOf(door);
  const vain = door.isSealed === true ? undefined : askedInVain(order, legacy !== undefined);
  if (vain !== undefined) return { missing: `sealed knocks, which ${vain} is for` };
  if (code !== undefined) return codeKnock(code);
  if (legacy !== undefined) return 'missing' in legacy ? legacy : legacySteps(legacy, door, order);
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

/** What is asked for that only a sealed knock can say; a legacy one may say a time. */
function askedInVain({ terms, action, prefix }: KnockOrder, mayTime: boolean): string | undefined {
  if (terms.kind === 'close') return '--close';
  if (action !== undefined) return '--action';
  if (prefix > 0) return '--prefix';
  return terms.kind === 'open' && terms.openForSeconds !== undefined && !mayTime
    ? '--for'
    : undefined;
}

async function legacySteps(
  legacy: LegacyDoor,
  door: ClientDoor & { readonly host: string },
  order: KnockOrder,
): Promise<EncodedKnock | { readonly missing: string }> {
  const { fields } = legacy.said;
  const seconds = order.terms.kind === 'open' ? order.terms.openForSeconds : undefined;
  if (seconds !== undefined && !fields.includes('time')) {
    return { missing: 'field time, which --for is for' };
  }
  const address = await clientAddress(door, order);
  if (address.family === 6) return { missing: 'room for an address of IPv6' };
  const minutes = seconds === undefined ? undefined : Math.min(255, Math.ceil(seconds / 60));
  // Its ciphers are loaded for those who have such a door.
  const { legacyKnock } = await import('../client/encode-legacy.ts');
  return legacyKnock(legacy, { address, minutes });
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
