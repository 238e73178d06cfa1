import { lookup } from 'node:dns/promises';
import type { Door } from '../door/door.ts';
import { parseAddress } from '../tuple/address.ts';

/** A name that nobody can resolve ends the start; the wait for an answer has an end too. */
const PATIENCE_MS = 5000;

/**
 * 0.8 puts targets into its filter, where a host name is resolved though no packet will ever equal it.
 * Throws 0.8's message (`code: 'KNOCKD_FILTER'`) for a target that no filter can name.
 */
export async function checkTargetNames(doors: readonly Door[]): Promise<void> {
  for (const { targetText } of doors) {
    if (targetText === undefined || parseAddress(targetText) !== undefined) continue;
    if (!(await isResolvable(targetText))) {
      throw Object.assign(new Error(`pcap_compile: unknown host '${targetText}'`), {
        code: 'KNOCKD_FILTER',
      });
    }
  }
}

async function isResolvable(name: string): Promise<boolean> {
  const answer = lookup(name).then(
    () => true,
    () => false,
  );
  const patience = new Promise<boolean>((over) => {
    setTimeout(() => over(false), PATIENCE_MS).unref();
  });
  return Promise.race([answer, patience]);
}
