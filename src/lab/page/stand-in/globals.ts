/* Node's globals, for modules that use them without a word. */

export { Buffer } from 'buffer';

export const process = {
  platform: 'browser',
  hrtime: { bigint: (): bigint => BigInt(Math.round(performance.now() * 1e6)) },
  /** All files here are one's own. */
  geteuid: (): number => 0,
} as const;
