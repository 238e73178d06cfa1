import { beyond, isKnocker, portList, REASON, type Reading } from './access-rule.ts';

const VALUES: ReadonlySet<string> = new Set(['-c', '-p', '-d', '-f', '-m']);
const ACTIONS: ReadonlyMap<string, 'add' | 'remove'> = new Map([
  ['-a', 'add'],
  ['-i', 'add'],
  ['-x', 'remove'],
]);

/** `-i -c INPUT -p tcp -d 443 -f %IP%`: the script beside knockd that adds a rule of iptables once. */
export function helperScript(args: readonly string[]): Reading {
  const given = new Map<string, string>();
  let action: 'add' | 'remove' | undefined;
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (VALUES.has(word)) given.set(word, args[++at] ?? '');
    else if (ACTIONS.has(word)) action = ACTIONS.get(word);
    else if (word !== '-v') return beyond(word);
  }
  const [chain, protocol, port, source] = ['-c', '-p', '-d', '-f'].map((name) => given.get(name));
  if (action === undefined) return { reason: 'it neither adds nor deletes a rule' };
  if (chain !== 'INPUT') return { reason: `chain ${chain ?? '?'} is another way than INPUT` };
  if (source === undefined || !isKnocker(source)) return REASON.notOfKnocker;
  if (port === undefined) return REASON.allPorts;
  if (protocol !== 'tcp' && protocol !== 'udp') return beyond(`-p ${protocol ?? '?'}`);
  const ports = portList(port, ':', [protocol]);
  if (ports === undefined) return REASON.noPorts;
  const identity = JSON.stringify(['helper', ports, given.get('-m') ?? '']);
  return { action, families: [4], ports, identity };
}
