import type { CaptureError } from './capture-error.ts';

/** How it stands with an interface that a ring is to listen on. */
export type LinkState =
  /** There is none of this name; it is waited for. */
  | { readonly kind: 'missing'; readonly error: CaptureError }
  /** It is there, but can't be listened on; that is tried again. */
  | { readonly kind: 'failed'; readonly error: CaptureError }
  /** All of its packets are heard on another one that is listened on. */
  | { readonly kind: 'spared'; readonly by: string }
  /** It is listened on. `index` is the kernel's number: another one is another link of that name. */
  | { readonly kind: 'heard'; readonly index: number; readonly isUp: boolean };

/** What has changed about an interface. `before` is undefined at the start. */
export interface LinkEvent {
  readonly interface: string;
  readonly before: LinkState | undefined;
  readonly now: LinkState;
}
