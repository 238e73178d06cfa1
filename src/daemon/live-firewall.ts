import type { Configuration } from '../config/configuration.ts';
import type { Firewall } from '../firewall/firewall.ts';
import { nftFirewall } from '../firewall/nft/nft.ts';

export interface LiveFirewallOptions {
  /** Told of each command's start and its status. */
  readonly onCommand: (line: string) => void;
  readonly say: (line: string) => void;
}

/** The firewall that a configuration needs. */
export function liveFirewall({ options }: Configuration, { say }: LiveFirewallOptions): Firewall {
  return nftFirewall({
    trusted: options.trusted,
    guardInterfaces: options.guardInterfaces,
    maxGrants: options.maxGrants,
    onStop: options.onStop,
    onEvent: (event) => say(event.kind),
  });
}
