import { onePortsText } from './ports-text.ts';
import type { Door } from './door.ts';

/** What is done for who knocked rightly. */
export interface Action {
  readonly name: string;
  /** From the knock on. */
  readonly delaySeconds: number;
  readonly effect: Effect;
}

export type Effect =
  /** Opens ports or runs a command: a door of its own that nobody knocks at. */
  | { readonly kind: 'open'; readonly door: Door }
  /** Ends what the source has at doors of these names; none named: at all. */
  | { readonly kind: 'close'; readonly doors: readonly string[] }
  /** The source's knocks are not looked at for a time. */
  | { readonly kind: 'ignore'; readonly seconds: number }
  | Wake;

/** Wakes a machine by a magic packet to a broadcast address. */
export interface Wake {
  readonly kind: 'wake';
  /** `00:11:22:33:44:55` */
  readonly mac: string;
  readonly to: string;
}

/** What a sealed knock may ask for by its place in the door's list. */
export interface Offer {
  readonly name: string;
  readonly actions: readonly Action[];
}

/** All that may come of a right knock at a door, each once. */
export function actionsOf({ actions = [], offers = [] }: Door): Action[] {
  return [...actions, ...offers.flatMap((offer) => offer.actions)];
}

/** What an action does, for people; whom it does it for is said beside it. */
export function effectText(effect: Effect): string {
  switch (effect.kind) {
    case 'open':
      return doorText(effect.door);
    case 'close':
      return effect.doors.length === 0 ? 'closes all doors' : `closes ${effect.doors.join(', ')}`;
    case 'ignore':
      return `ignores the source for ${effect.seconds}s`;
    case 'wake':
      return `wakes ${effect.mac} by ${effect.to}`;
  }
}

function doorText({ open, commands }: Door): string {
  if (commands?.run !== undefined) return `runs ${commands.run.join(' ')}`;
  return `opens ${open.map(onePortsText).join(', ')}`;
}
