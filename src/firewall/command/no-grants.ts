import type { Door } from '../../door/door.ts';
import type { Block, CountedRange } from '../block.ts';
import { FirewallError } from '../firewall-error.ts';
import type { Grant } from '../firewall.ts';

/** What a firewall that runs commands alone answers about grants: it has none, so none end. */
export abstract class NoGrants {
  expire(): readonly Grant[] {
    return [];
  }

  nextExpiryMs(): undefined {
    return undefined;
  }

  grants(): readonly Grant[] {
    return [];
  }

  counted(): ReadonlyMap<Door, number> {
    return new Map();
  }

  listed(): Promise<readonly Grant[]> {
    return Promise.resolve([]);
  }

  /** Waits of commands sleep with the machine, as in 0.8. */
  shorten(): void {}

  revoke(): readonly Grant[] {
    return [];
  }

  /** There is nothing to block anybody with. */
  block(blocks: readonly Block[]): void {
    if (blocks.length === 0) return;
    throw new FirewallError('FIREWALL_REFUSED', 'block', 'commands alone can shut nobody out');
  }

  blocked(): readonly CountedRange[] {
    return [];
  }

  onRevoked(): void {}
}
