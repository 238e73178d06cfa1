import type { Door } from '../../door/door.ts';
import type { Network } from '../../tuple/network.ts';
import type { Firewall, Grant, Opening, Outcome } from '../firewall.ts';
import { FirewallError } from '../firewall-error.ts';
import { GrantBook } from '../grant-book.ts';
import { openedNothing } from '../memory.ts';
import { toFirewallError } from './nft-error.ts';
import { Opener } from './opener.ts';
import {
  settingsOf,
  type NftEvent,
  type NftFirewallOptions,
  type NftSettings,
  type TableSettings,
} from './options.ts';
import { Revoker } from './revoker.ts';
import { TableKeeper } from './table-keeper.ts';

export type { NftEvent, NftFirewallOptions, TableSettings };

/** The nft firewall, with what only it can do. Its clock is `monotonicMs`. */
export interface NftFirewall extends Firewall {
  /** Takes the table away: guarded ports are open to everybody then. */
  removeTable(): void;
  /** Other settings; they hold from the next `start` on, if that succeeds. */
  adjust(settings: TableSettings): void;
  /** Looks at once whether others have changed the ruleset, as the timer does. */
  check(): void;
}

/**
 * Opens doors in sets of the kernel's nftables, whose elements end by themselves. Nothing is asked of
 * the kernel before `start`, nor ever if no door has `open`.
 */
export function nftFirewall(options: NftFirewallOptions = {}): NftFirewall {
  return new NftTableFirewall(settingsOf(options));
}

/** Takes away the table that a daemon left; whether there was one. */
export function removeTable(): boolean {
  const settings = settingsOf({ published: false });
  return attempt('remove the table', () => {
    const keeper = new TableKeeper([], new GrantBook(0), settings);
    try {
      return keeper.remove();
    } finally {
      keeper.close();
    }
  });
}

class NftTableFirewall implements NftFirewall {
  #settings: NftSettings;
  #wanted: NftSettings;
  #book: GrantBook;
  #keeper: TableKeeper | undefined;
  #opener: Opener | undefined;
  #revoker: Revoker | undefined;
  #tell: (grants: readonly Grant[]) => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: NftSettings) {
    this.#settings = this.#wanted = settings;
    this.#book = new GrantBook(settings.maxGrants);
  }

  /**
   * Called again, it is a reload: the table is drawn anew, by the settings that are wanted by then, and
   * grants of doors that stay live on. If that fails, all stays as it was. Without a door that opens
   * anything, a table that is there stays.
   */
  start(doors: readonly Door[]): Promise<readonly Grant[]> {
    const opening = doors.filter(({ open }) => open.length > 0);
    return Promise.resolve().then(() =>
      opening.length === 0 ? [] : attempt('make the table', () => this.#takeOver(opening)),
    );
  }

  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[] {
    this.#book.advance(nowMs);
    const outcomes = new Array<Outcome>(openings.length);
    for (const [at, { door, source }] of openings.entries()) {
      if (door.open.length === 0) outcomes[at] = openedNothing(this.#book, door, source, nowMs);
      else if (this.#opener === undefined) outcomes[at] = notStarted();
    }
    this.#opener?.open(openings, outcomes, nowMs);
    return outcomes;
  }

  expire(nowMs: number): readonly Grant[] {
    this.#book.advance(nowMs);
    return this.#book.takeEnded();
  }

  nextExpiryMs(): number | undefined {
    return this.#book.nextExpiryMs();
  }

  adjust(settings: TableSettings): void {
    this.#wanted = { ...this.#settings, ...settings };
  }

  grants(nowMs: number): readonly Grant[] {
    this.#book.advance(nowMs);
    return this.#book.grants(nowMs);
  }

  revoke(door: Door, from: Network, nowMs: number): readonly Grant[] {
    this.#book.advance(nowMs);
    const slots = [...this.#book.openTo(door, from, nowMs)];
    const grants = slots.map((slot) => this.#book.grantAt(slot));
    if (grants.length > 0) {
      attempt('revoke', () => this.#revoker?.revoke(slots, nowMs));
      this.#tell(grants);
    }
    return grants;
  }

  /** One transaction makes the table with the new ends. */
  shorten(byMs: number, nowMs: number): void {
    this.#book.advance(nowMs);
    if (this.#book.size === 0) return;
    this.#book.shorten(byMs);
    try {
      attempt('shorten the grants', () => this.#keeper?.make(nowMs));
    } catch (error) {
      this.#book.shorten(-byMs);
      throw error;
    }
    this.#book.advance(nowMs);
  }

  onRevoked(listener: (grants: readonly Grant[]) => void): void {
    this.#tell = listener;
  }

  check(): void {
    try {
      this.#keeper?.check();
    } catch (error) {
      this.#settings.onEvent({
        kind: 'check failed',
        error: toFirewallError(error, 'check the table'),
      });
    }
  }

  removeTable(): void {
    attempt('remove the table', () => this.#keeper?.remove());
  }

  close(): Promise<void> {
    return Promise.resolve().then(() => this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #close(): void {
    if (this.#settings.onStop === 'remove') this.removeTable();
    this.#letGo();
    this.#book = new GrantBook(this.#settings.maxGrants);
  }

  #takeOver(doors: readonly Door[]): readonly Grant[] {
    const settings = this.#wanted;
    const book = new GrantBook(settings.maxGrants, this.#book.takeId());
    const keeper = new TableKeeper(doors, book, settings);
    const grants = keeper.takeOver();
    this.#letGo();
    this.#settings = settings;
    this.#book = book;
    this.#keeper = keeper;
    this.#opener = new Opener(keeper, book, settings.maxOpenMs);
    this.#revoker = new Revoker(keeper, book);
    const everyMs = settings.checkIntervalMs;
    if (everyMs > 0) this.#timer = setInterval(() => this.check(), everyMs).unref();
    return grants;
  }

  #letGo(): void {
    clearInterval(this.#timer);
    this.#keeper?.close();
    this.#keeper = undefined;
    this.#opener = undefined;
    this.#revoker = undefined;
  }
}

function attempt<T>(operation: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw toFirewallError(error, operation);
  }
}

function notStarted(): Outcome {
  const reason = 'there is no table: the firewall has not been started';
  const error = new FirewallError('FIREWALL_UNKNOWN_DOOR', 'open', reason);
  return { kind: 'refused', reason: 'failed', error };
}
