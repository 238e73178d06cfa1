import type { Door } from '../../door/door.ts';
import { FirewallError } from '../firewall-error.ts';
import { KernelLink } from './kernel-link.ts';
import { codeOf } from './nft-error.ts';
import type { NftSettings } from './options.ts';
import type { TableState } from './table-state.ts';

/** The table belongs to the socket that made it: others can't change it, and `flush ruleset` leaves it. */
const OWNED = 2;
/** It outlives that socket (Linux 6.9 and later). */
const PERSISTENT = 4;

/** The flags that our table gets. */
export function tableFlags({ owner }: NftSettings): number {
  if (owner === 'no') return 0;
  return owner === 'persist' ? OWNED | PERSISTENT : OWNED;
}

/**
 * How a table can be owned here. One that vanishes with its owner takes the guard with it, so without
 * `persist` it may guard nothing.
 */
export function ownership(isWanted: boolean, doors: readonly Door[]): NftSettings['owner'] {
  if (!isWanted) return 'no';
  if (canPersist()) return 'persist';
  const guarded = doors.find(({ guard }) => guard);
  if (guarded === undefined) return 'mortal';
  const reason =
    'this kernel ends an owned table with its daemon, and the guard of door ' +
    `${guarded.name} with it (that takes Linux 6.9): owner = no, or guard = no in every door`;
  throw new FirewallError('FIREWALL_REFUSED', 'own the table', reason);
}

/** Throws where a running daemon owns the table: then nobody else can change it. */
export function expectUnowned(state: TableState | undefined, operation: string): void {
  if (state === undefined || state.owner === 0) return;
  const reason =
    'the daemon that runs owns the table (owner = yes), and nobody else can change it: ' +
    'stop the daemon, ask again, and start it';
  throw new FirewallError('FIREWALL_REFUSED', operation, reason);
}

/** Tried on a table that is deleted in the same transaction. */
function canPersist(): boolean {
  using link = new KernelLink(1000, { table: 'postern_probe' });
  const transaction = link.transaction();
  transaction.createTable(OWNED | PERSISTENT);
  transaction.deleteTable();
  try {
    transaction.commit();
    return true;
  } catch (error) {
    if (UNKNOWN_FLAG.has(codeOf(error))) return false;
    throw error;
  }
}

const UNKNOWN_FLAG = new Set(['EINVAL', 'EOPNOTSUPP']);
