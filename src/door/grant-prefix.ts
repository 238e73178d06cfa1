import type { Door } from './door.ts';

/** How much of an address a door's grants go by. */
export function grantPrefix(
  { openPrefix4, openPrefix6 }: Pick<Door, 'openPrefix4' | 'openPrefix6'>,
  family: 4 | 6,
): number {
  return family === 4 ? openPrefix4 : openPrefix6;
}
