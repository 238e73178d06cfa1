import { existsSync } from 'node:fs';

/** Why no tunnel can be made here; undefined if it can. */
export const noTun: string | undefined = reasonAgainst();

function reasonAgainst(): string | undefined {
  if (existsSync('/dev/net/tun')) return undefined;
  const reason = 'no tunnel can be made here: /dev/net/tun is missing';
  if (process.env['CI']) throw new Error(`${reason}; in CI that is a failure`);
  console.warn(reason);
  return reason;
}
