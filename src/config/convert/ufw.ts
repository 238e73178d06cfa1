import { beyond, isKnocker, portList, REASON, type Reading } from './access-rule.ts';

/** `allow from %IP% to any port 22 proto tcp`, and the same behind `delete`. */
export function ufw(args: readonly string[]): Reading {
  const words = args.filter((word) => word !== '--force');
  const isRemoval = words[0] === 'delete';
  if (isRemoval) words.shift();
  else if (words[0] === 'prepend') words.shift();
  else if (words[0] === 'insert') words.splice(0, 2);
  if (words.shift() !== 'allow') return REASON.noAccept;
  if (words[0] === 'in') words.shift();
  const parts = readParts(words);
  if (typeof parts === 'string') return beyond(parts);

  const [from, to = 'any', port, proto] = ['from', 'to', 'to port', 'proto'].map((name) =>
    parts.get(name),
  );
  if (from === undefined || !isKnocker(from)) return REASON.notOfKnocker;
  if (to !== 'any') return beyond(`to ${to}`);
  if (port === undefined) return REASON.allPorts;
  if (proto !== undefined && proto !== 'tcp' && proto !== 'udp') return beyond(`proto ${proto}`);
  const ports = portList(port, ':', proto === undefined ? ['tcp', 'udp'] : [proto]);
  if (ports === undefined) return REASON.noPorts;
  const identity = JSON.stringify(['ufw', ports]);
  return { action: isRemoval ? 'remove' : 'add', families: [4, 6], ports, identity };
}

/** Values by their keyword, a port's with the side that it belongs to; or the word that is too much. */
function readParts(words: readonly string[]): Map<string, string> | string {
  const parts = new Map<string, string>();
  let side = '';
  for (let at = 0; at < words.length; at += 2) {
    const [name, value] = [words[at]!, words[at + 1]];
    if (!KEYWORDS.has(name) || value === undefined) return name;
    if (name === 'from' || name === 'to') side = name;
    const key = name === 'port' ? `${side} port` : name;
    if (parts.has(key) || key === 'from port') return `${key} ${value}`;
    parts.set(key, value);
  }
  return parts;
}

const KEYWORDS: ReadonlySet<string> = new Set(['from', 'to', 'port', 'proto', 'comment']);
