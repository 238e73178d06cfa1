import { beyond, isKnocker, portList, REASON, type Reading } from './access-rule.ts';

/** `--zone=public --add-rich-rule='rule family="ipv4" source address="%IP%" port port="22" protocol="tcp" accept'` */
export function firewallCmd(args: readonly string[]): Reading {
  const options = new Map<string, string>();
  const words = args.flatMap((word) => /^(--[^=]+)=(.*)$/s.exec(word)?.slice(1) ?? [word]);
  for (let at = 0; at < words.length; at++) {
    const name = words[at]!;
    if (name === '-q' || name === '--quiet') continue;
    if (!OPTIONS.has(name)) return beyond(name);
    options.set(name, words[++at] ?? '');
  }
  const added = options.get('--add-rich-rule');
  const removed = options.get('--remove-rich-rule');
  const text = added ?? removed;
  if (text === undefined || (added !== undefined && removed !== undefined)) return REASON.noAccept;
  const zone = options.get('--zone') ?? '';
  return readRichRule(text, added === undefined ? 'remove' : 'add', zone, options.get('--timeout'));
}

const OPTIONS: ReadonlySet<string> = new Set([
  '--zone',
  '--timeout',
  '--add-rich-rule',
  '--remove-rich-rule',
]);

/** firewalld's own services that people let in by knocking. */
const SERVICES: ReadonlyMap<string, readonly ['tcp' | 'udp', string]> = new Map([
  ['ssh', ['tcp', '22']],
  ['http', ['tcp', '80']],
  ['https', ['tcp', '443']],
  ['mosh', ['udp', '60000-61000']],
]);

const RICH_RULE =
  /^rule family=(ipv4|ipv6) source address=(\S+)( port port=(\S+) protocol=(\S+)| service name=(\S+))? (.*)$/;

function readRichRule(
  text: string,
  action: 'add' | 'remove',
  zone: string,
  timeout: string | undefined,
): Reading {
  const plain = text.replace(/["']/g, '').replace(/\s+/g, ' ').trim();
  const [, family, source, what, port, protocol, service, verdict] = RICH_RULE.exec(plain) ?? [];
  if (family === undefined || source === undefined || !isKnocker(source))
    return REASON.notOfKnocker;
  if (what === undefined) return REASON.allPorts;
  if (verdict !== 'accept') return REASON.noAccept;
  const [name, list] = SERVICES.get(service ?? '') ?? [protocol, port];
  if ((name !== 'tcp' && name !== 'udp') || list === undefined) return REASON.noPorts;
  const ports = portList(list, '-', [name]);
  const seconds = timeout === undefined ? undefined : timeoutSeconds(timeout);
  if (ports === undefined) return REASON.noPorts;
  if (timeout !== undefined && seconds === undefined) return beyond(`--timeout ${timeout}`);
  const identity = JSON.stringify(['firewall-cmd', zone, family, ports]);
  const families = [family === 'ipv4' ? 4 : 6] as const;
  return { action, families, ports, identity, ...(seconds === undefined ? {} : { seconds }) };
}

function timeoutSeconds(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,7})([smh]?)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1);
}
