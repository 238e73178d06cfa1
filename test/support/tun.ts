import { accessSync, constants } from 'node:fs';

/** Why no tunnel can be made here; undefined if it can. */
export const noTun: string | undefined = reasonAgainst();

function reasonAgainst(): string | undefined {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    const reason = `no tunnel can be made here: ${(error as Error).message}`;
    if (process.env['CI']) throw new Error(`${reason}; in CI that is a failure`, { cause: error });
    console.warn(reason);
    return reason;
  }
}
