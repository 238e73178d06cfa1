import type { Address } from '../../tuple/address.ts';
import type { CommandEnd } from './shell.ts';

/** What happens to commands; the words for it are the report's. */
export type CommandEvent = {
  readonly door: { readonly name: string };
  readonly source: Address;
} & (
  | { readonly kind: 'running'; readonly command: string }
  /** Its time is up: the stop command runs next. */
  | { readonly kind: 'timeout' }
  | { readonly kind: 'failed status'; readonly command: string; readonly status: number }
  | { readonly kind: 'out of time'; readonly command: string; readonly afterSeconds: number }
  | { readonly kind: 'output cut'; readonly command: string }
  | { readonly kind: 'no process'; readonly command: string; readonly error: Error }
  | { readonly kind: 'too long'; readonly which: 'start' | 'stop' }
  /** Nothing ran for this opening: too many commands wait already. */
  | { readonly kind: 'too many' }
  /** The stop command is lost if the daemon dies before its time. */
  | { readonly kind: 'not kept'; readonly reason: string }
  /** A stop command of an earlier daemon that was due while none ran, and is not wanted any more. */
  | { readonly kind: 'skipped'; readonly command: string }
);

/** Whose command it is, where nobody has knocked for it. */
export const NOBODY: Address = { family: 6, words: [0, 0, 0, 0] };

/** What is worth a word of a command's end. A status of 0 is not, but for a command that a signal ended: there 0.8 says 0. */
export function endEvent(
  end: CommandEnd,
  base: { readonly door: { readonly name: string }; readonly source: Address; command: string },
  limitSeconds: number,
): CommandEvent | undefined {
  switch (end.kind) {
    case 'exit':
      return end.status === 0 ? undefined : { ...base, kind: 'failed status', status: end.status };
    case 'signal':
      return { ...base, kind: 'failed status', status: 0 };
    case 'out of time':
      return { ...base, kind: 'out of time', afterSeconds: limitSeconds };
    case 'no process':
      return { ...base, kind: 'no process', error: end.error };
  }
}
