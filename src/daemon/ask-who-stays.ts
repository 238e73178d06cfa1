import { monotonicMs } from '../firewall/clock.ts';
import type { Firewall, Grant } from '../firewall/firewall.ts';
import { FIRST_START } from '../firewall/giver.ts';
import { formatAddress } from '../tuple/address.ts';
import { longestPrefix } from '../tuple/network.ts';

/** Asks whoever sits at the terminal; undefined: he says nothing, or not in time. */
export type Ask = (question: string) => Promise<string | undefined>;

/**
 * Asks whether those may stay who were let in since they were connected already, and ends their grants if
 * not. They are let in meanwhile, so no answer is one, too. Who has knocked since then stays.
 */
export async function askWhoStays(
  firewall: Pick<Firewall, 'grants' | 'revoke'>,
  seeded: readonly Grant[],
  ask: Ask,
): Promise<readonly string[]> {
  const answer = await ask('May they stay? [Y/n] ');
  if (!/^\s*no?\s*$/i.test(answer ?? '')) return [];
  const ids = new Set(seeded.map(({ id }) => id));
  const left = firewall
    .grants(monotonicMs())
    .filter(({ id, by }) => ids.has(id) && by === FIRST_START);
  return left.map(({ door, source }) => {
    firewall.revoke(door, { address: source, prefix: longestPrefix(source.family) }, monotonicMs());
    return `door ${door.name} cuts living sessions of ${formatAddress(source)}`;
  });
}
