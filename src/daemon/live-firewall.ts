import type { Configuration } from '../config/configuration.ts';
import { commandFirewall, type CommandEvent } from '../firewall/command/command.ts';
import type { Firewall } from '../firewall/firewall.ts';
import { nftFirewall, type NftEvent } from '../firewall/nft/nft.ts';
import { withCommands } from '../firewall/with-commands.ts';
import { formatAddress } from '../tuple/address.ts';

export interface LiveFirewallOptions {
  /** Told of each command, in knockd's words. */
  readonly onCommand: (line: string) => void;
  /** A line for people: what was found amiss. */
  readonly say: (line: string) => void;
}

/** The firewall that a configuration needs: the kernel's sets, and commands where a door has some. */
export function liveFirewall(
  { options, doors }: Configuration,
  { onCommand, say }: LiveFirewallOptions,
): Firewall {
  const ports = nftFirewall({
    trusted: options.trusted,
    guardInterfaces: options.guardInterfaces,
    maxGrants: options.maxGrants,
    mark: options.mark,
    onStop: options.onStop,
    ...(options.published === undefined ? {} : { published: options.published }),
    onEvent: (event) => say(nftText(event)),
  });
  if (doors.every(({ commands }) => commands === undefined)) return ports;
  const commands = commandFirewall({
    onEvent: (event) => {
      const line = commandText(event);
      const tell = event.kind === 'running' || event.kind === 'timeout' ? onCommand : say;
      // A start command runs while the match that it follows from has yet to be reported.
      queueMicrotask(() => tell(line));
    },
  });
  return withCommands(ports, commands, { endsAtClose: options.onStop === 'remove' });
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

function commandText(event: CommandEvent): string {
  const { name } = event.door;
  switch (event.kind) {
    case 'running':
      return `${name}: running command: ${event.command}`;
    case 'timeout':
      return `${formatAddress(event.source)}: ${name}: command timeout`;
    case 'failed status':
      return `${name}: command returned non-zero status code (${event.status})`;
    case 'no process':
      return `${name}: error: command fork failed! (${event.error.message})`;
    case 'too long':
      return event.which === 'start'
        ? "error: parsed start command has been truncated! --> won't execute it"
        : "error: parsed stop command has been truncated! --> won't execute start command";
    case 'too many':
      return `${name}: too many commands wait already, none was run for ${formatAddress(event.source)}`;
  }
}
