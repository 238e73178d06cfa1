import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Which of a host's addresses are knocked at; undefined: the one that the resolver puts first. */
export type Families = 4 | 6 | 'both' | undefined;

/**
 * The addresses of a host: one, or with `both` the first of each family that it has. Rejects with the
 * system's own error (`code: 'ENOTFOUND'`).
 */
export async function resolve(host: string, families: Families): Promise<string[]> {
  if (families !== 'both') return [await resolveOne(host, families)];
  if (isIP(host) !== 0) return [host];
  const found = await Promise.allSettled([resolveOne(host, 4), resolveOne(host, 6)]);
  const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (addresses.length === 0) throw (found[0] as PromiseRejectedResult).reason;
  return addresses;
}

async function resolveOne(host: string, family: 4 | 6 | undefined): Promise<string> {
  const given = isIP(host);
  if (given !== 0 && family !== undefined && given !== family)
    throw failure('EAI_ADDRFAMILY', host);
  if (given !== 0) return host;
  if (host === '') throw failure('ENOTFOUND', host); // node takes it for no question at all
  return (await lookup(host, { family: family ?? 0, verbatim: true })).address;
}

function failure(code: string, host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code, syscall: 'getaddrinfo' });
}

/** What gai_strerror(3) says about it. */
export function resolverText({ code, errno, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOTFOUND') {
    return errno === NO_ADDRESS ? 'No address associated with hostname' : TEXTS['EAI_NONAME']!;
  }
  return TEXTS[code ?? ''] ?? message;
}

/** libuv's number for EAI_NODATA, which node gives the same code as a name that is not known. */
const NO_ADDRESS = -3007;

const TEXTS: Readonly<Record<string, string>> = {
  EAI_NONAME: 'Name or service not known',
  EINVAL: 'Name or service not known', // a name that node does not even ask for
  EAI_AGAIN: 'Temporary failure in name resolution',
  EAI_FAIL: 'Non-recoverable failure in name resolution',
  EAI_FAMILY: 'ai_family not supported',
  EAI_ADDRFAMILY: 'Address family for hostname not supported',
  EAI_MEMORY: 'Memory allocation failure',
};

/** Likewise for a service that nobody knows. */
export const UNKNOWN_SERVICE = 'Servname not supported for ai_socktype';
