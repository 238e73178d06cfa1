import { createHash } from 'node:crypto';
import type { Door } from '../../../door/door.ts';
import type { HookCommands } from '../../../door/hooks.ts';
import { DIGEST_BYTES } from './request.ts';

/** Two processes that read a file at different moments have read the same commands if this is the same. */
export function commandsDigest(doors: readonly Door[], hooks: HookCommands): Uint8Array {
  const told = JSON.stringify([doors.map(({ name, commands }) => [name, commands ?? null]), hooks]);
  return createHash('sha256').update(told).digest().subarray(0, DIGEST_BYTES);
}
