import type { ReadCommand, Reading } from './access-rule.ts';
import { firewallCmd } from './firewall-cmd.ts';
import { helperScript } from './helper-script.ts';
import { iptables } from './iptables.ts';
import { nft, nftHandleLookup } from './nft.ts';
import { shellWords } from './shell-words.ts';
import { ufw } from './ufw.ts';

/** The programs whose commands are understood. */
const PROGRAMS: ReadonlyMap<string, ReadCommand> = new Map([
  ...['iptables', 'iptables-nft', 'iptables-legacy'].map((name) => [name, iptables(4)] as const),
  ...['ip6tables', 'ip6tables-nft', 'ip6tables-legacy'].map((name) => [name, iptables(6)] as const),
  ['nft', nft] as const,
  ['ufw', ufw] as const,
  ['firewall-cmd', firewallCmd] as const,
  ['knock_add', helperScript] as const,
  ['knock_helper_ipt.sh', helperScript] as const,
]);

/** What a start or stop command does to the firewall, or why that can't be said. */
export function readCommand(command: string): Reading {
  const lookup = nftHandleLookup(command);
  if (lookup !== undefined) return lookup;
  const words = shellWords(command);
  if (words === undefined) return { reason: 'it is more than one plain command' };
  const [program = '', ...args] = words[0] === 'sudo' ? words.slice(1) : words;
  const name = program.slice(program.lastIndexOf('/') + 1);
  const read = PROGRAMS.get(name);
  return read === undefined ? { reason: `${name} is no firewall program known here` } : read(args);
}
