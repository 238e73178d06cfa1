import type { OpenPorts } from '../../door/door.ts';
import type { CountedRange } from '../block.ts';
import type { Firewall } from '../firewall.ts';
import type { PlacedPorts } from './open-ports.ts';
import type { NftEvent, TableSettings } from './options.ts';

/** The nft firewall, with what only it can do. Its clock is `monotonicMs`. */
export interface NftFirewall extends Firewall {
  /** Takes the table away: guarded ports are open to everybody then. */
  removeTable(): void;
  /** Other settings; they hold from the next `start` on, if that succeeds. */
  adjust(settings: TableSettings): void;
  /** Compares kernel and book at once, as is done when others have changed the ruleset. */
  check(): void;
  /** Ports that are guarded though no door guards them any more. */
  stillGuarded(): readonly PlacedPorts[];
  /**
   * TCP ports at which the last `start` has begun to cut sessions: who is connected there has no grant,
   * and is not heard any more.
   */
  newlyCut(): readonly OpenPorts[];
  /** Ports whose guard nobody has confirmed yet. */
  onTrial(): readonly PlacedPorts[];
  /** The ranges of the `block` lists with what each kept out; none unless they are to be counted. */
  listCounters(): readonly CountedRange[];
  /** Ports whose guard lets everybody in for now, as the kernel has it. */
  lifted(): readonly PlacedPorts[];
  /** How many grants are open. */
  size(): number;
  /** Whether the kernel holds all grants; not so while a great many are being put back. */
  isFilled(): boolean;
  /** How often each kind of event was, counted one by one. */
  counts(): Readonly<Partial<Record<NftEvent['kind'], number>>>;
}
