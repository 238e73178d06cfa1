import { join } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import { commandFirewall, type CommandEvent } from '../firewall/command/command.ts';
import type { PendingStop } from '../firewall/command/stop-book.ts';
import { stopFolder } from '../firewall/command/stop-folder.ts';
import type { Firewall } from '../firewall/firewall.ts';
import { nftFirewall, type NftEvent } from '../firewall/nft/nft.ts';
import { withCommands } from '../firewall/with-commands.ts';
import { keptGuard } from './kept-guard.ts';
import { hasStateFolder, instanceName, openStateFolder } from './state-folder.ts';

export interface LiveFirewallOptions {
  /** The interfaces that the daemon watches: with its file, they name its state. */
  readonly interfaces: readonly string[];
  readonly onCommand: (event: CommandEvent) => void;
  /** Takes over stop commands that are still to run when the daemon ends; default: they run at once. */
  readonly leaveStops?: (stops: readonly PendingStop[]) => void | Promise<void>;
  /** A line for people: what was found amiss. */
  readonly say: (line: string) => void;
}

export interface LiveFirewall {
  readonly firewall: Firewall;
  /** When the commands of one opening have run to their end; at once if none are under way. */
  oneDone(): Promise<void>;
}

/** The firewall that a configuration needs: the kernel's sets, and commands where a door has some. */
export function liveFirewall(
  { options, file }: Configuration,
  { interfaces, onCommand, leaveStops, say }: LiveFirewallOptions,
): LiveFirewall {
  const ports = nftFirewall({
    trusted: options.trusted,
    guardInterfaces: options.guardInterfaces,
    maxGrants: options.maxGrants,
    mark: options.mark,
    onStop: options.onStop,
    ...(options.published === undefined ? {} : { published: options.published }),
    onTable: keptGuard(options.stateFolder, say),
    onEvent: (event) => say(nftText(event)),
  });
  const commands = commandFirewall({
    maxParallel: options.maxCommands,
    limitSeconds: options.commandLimitSeconds,
    lostStops: options.lostStop,
    book: bookOf(options.stateFolder, instanceName(file, interfaces)),
    ...(leaveStops === undefined ? {} : { leave: leaveStops }),
    // What is told while an opening is carried out follows the match, which has yet to be reported.
    onEvent: (event) => queueMicrotask(() => onCommand(event)),
  });
  const endsAtClose = options.onStop === 'remove';
  return {
    firewall: withCommands(ports, commands, { endsAtClose }),
    oneDone: () => commands.oneDone(),
  };
}

function bookOf(stateFolder: string, instance: string): ReturnType<typeof stopFolder> {
  return stopFolder(join(stateFolder, instance), {
    open: () => void openStateFolder(stateFolder, instance),
    exists: () => hasStateFolder(stateFolder, instance),
  });
}

function nftText(event: NftEvent): string {
  switch (event.kind) {
    case 'foreign elements removed':
      return `removed ${event.count} elements from our sets that are no grants of ours`;
    case 'table made again':
      return `made the table again: ${event.reason}`;
    case 'check failed':
      return `could not look at the ruleset: ${event.error.message}`;
  }
}
