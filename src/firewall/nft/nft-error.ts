import { FirewallError } from '../firewall-error.ts';

/** An errno of the addon, by name. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What the kernel's refusal means, and what to do about it. */
export function toFirewallError(cause: unknown, operation: string): FirewallError {
  if (cause instanceof FirewallError) return cause;
  const code = codeOf(cause);
  if (code === 'EPERM' || code === 'EACCES') {
    const reason = 'it needs CAP_NET_ADMIN (run as root, or give the service that capability)';
    return new FirewallError('FIREWALL_NO_PERMISSION', operation, reason, { cause });
  }
  if (NO_NFTABLES.has(code)) {
    const reason = `this kernel has no nftables (${code}); try: modprobe nf_tables`;
    return new FirewallError('FIREWALL_NO_NFTABLES', operation, reason, { cause });
  }
  return new FirewallError('FIREWALL_REFUSED', operation, describe(cause), { cause });
}

/** Carries something out, and has its failure say what it was. */
export function attempt<T>(operation: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw toFirewallError(error, operation);
  }
}

const NO_NFTABLES = new Set(['EPROTONOSUPPORT', 'EAFNOSUPPORT', 'EOPNOTSUPP']);

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const words = 'reason' in cause && cause.reason !== '' ? ` (${String(cause.reason)})` : '';
  return `${cause.message}${words}`;
}
