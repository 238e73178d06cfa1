import { join } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import { commandFirewall, type CommandEvent } from '../firewall/command/command.ts';
import type { PendingStop } from '../firewall/command/stop-book.ts';
import { stopFolder } from '../firewall/command/stop-folder.ts';
import type { Firewall } from '../firewall/firewall.ts';
import { nftFirewall, type NftEvent } from '../firewall/nft/nft.ts';
import { portsText } from '../report/words.ts';
import { withCommands } from '../firewall/with-commands.ts';
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
  const { count } = event;
  switch (event.kind) {
    case 'foreign elements removed':
      return `removed ${counted(count, 'element')} from our sets that ${count === 1 ? 'is no grant' : 'are no grants'} of ours`;
    case 'grants revoked':
      return `somebody deleted the elements of ${counted(count, 'grant')}: revoked`;
    case 'elements repaired':
      return `somebody had changed ${counted(count, 'element')} of grants: set right`;
    case 'table made again':
      return `made the table again${count > 1 ? `, ${count} times` : ''}: ${event.reason}`;
    case 'news lost':
      return 'lost news of the ruleset: compared everything';
    case 'still guarded':
      return `still guarded, though no door guards it any more: ${portsText(event.ports)} (postern reload --allow-unguard lets go of it)`;
    case 'check failed':
      return `could not look at the ruleset: ${event.error.message}`;
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
