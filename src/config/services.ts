import { readFileSync } from 'node:fs';

/** Where names of services stand: one `name port/protocol aliases...` a line, as services(5) says. */
const SERVICES =
  process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\services' : '/etc/services';

/** What getaddrinfo(3) holds a number in before it cuts it to a port. */
const LARGEST_LONG = 0xffff_ffff_ffff_ffffn;

/**
 * The port that a text means to getaddrinfo(3), or undefined: nothing is port 0, a number is cut to its
 * low 16 bits, all else is the name of a service.
 */
export function portOf(
  text: string,
  readServices: () => string = servicesText,
): number | undefined {
  if (text === '') return 0;
  const number = longOf(text);
  // As a signed word, -1 stands for "no number", so that numbers which come out as -1 are names.
  if (number !== undefined && BigInt.asIntN(32, number) !== -1n) return Number(number & 0xffffn);
  return servicePort(text, readServices());
}

/** strtoul(3) by ten, if it reads to the end of the text. */
function longOf(text: string): bigint | undefined {
  const [, sign, digits] = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const number = BigInt(digits.length > 40 ? digits.replace(/^0+(?=\d)/, '').slice(0, 40) : digits);
  if (number > LARGEST_LONG) return LARGEST_LONG;
  return sign === '-' ? BigInt.asUintN(64, -number) : number;
}

/** The TCP entry of that name counts for both protocols; the UDP entry where there is none. */
function servicePort(name: string, services: string): number | undefined {
  const ports = new Map<string, number>();
  for (const line of services.split('\n')) {
    const [first, entry = '', ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (first !== name && !aliases.includes(name)) continue;
    const [, port, protocol] = /^(\d+)\/(\w+)$/.exec(entry) ?? [];
    if (protocol !== undefined && !ports.has(protocol)) ports.set(protocol, Number(port));
  }
  return ports.get('tcp') ?? ports.get('udp');
}

function servicesText(): string {
  try {
    return readFileSync(SERVICES, 'utf8');
  } catch {
    return '';
  }
}
