import { KernelLink } from './kernel-link.ts';
import { attempt, codeOf } from './nft-error.ts';
import { lockTable } from './table-lock.ts';

/** Takes away the table that a daemon left; whether there was one. Throws a `FirewallError` while one runs. */
export function removeTable(): boolean {
  return attempt('remove the table', () => {
    const lock = lockTable();
    try {
      using link = new KernelLink(0);
      return removeTableBy(link);
    } finally {
      lock[Symbol.dispose]();
    }
  });
}

/** Whether there was a table. */
export function removeTableBy(link: KernelLink): boolean {
  const transaction = link.transaction();
  transaction.deleteTable();
  try {
    transaction.commit();
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
