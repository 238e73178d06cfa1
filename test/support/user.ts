import { spawnSync } from 'node:child_process';
import { CLI } from './daemon.ts';

/** An account that every host has, for daemons that become somebody. */
export const USER = 'nobody';
export const USER_ID = 65_534;

/** Why no daemon can become that user here; undefined if one can. */
export const noUser: string | undefined = reasonAgainst();

function reasonAgainst(): string | undefined {
  const as = ['--reuid', String(USER_ID), '--clear-groups', 'test', '-r', `${CLI}/main.js`];
  const { error, status } = spawnSync('setpriv', as);
  if (error !== undefined) return 'setpriv is missing';
  return status === 0 ? undefined : `${USER} can't read ${CLI}, or we are not root`;
}
