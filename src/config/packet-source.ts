import { isAbsolute, resolve } from 'node:path';

/** Where the daemon hears of packets. */
export type PacketSource =
  /** On interfaces, by a ring each. */
  | { readonly kind: 'ring' }
  /** In a log that a firewall writes. */
  | { readonly kind: 'log'; readonly path: string }
  /** From rules that log to a netlink group. */
  | { readonly kind: 'nflog'; readonly group: number };

export const SOURCE_FORMS = 'ring, log:/var/log/kern.log or nflog:5';

/** `ring`, `log:FILE`, `nflog:GROUP`; undefined: none of them. */
export function parsePacketSource(text: string): PacketSource | undefined {
  if (text.toLowerCase() === 'ring') return { kind: 'ring' };
  const [, kind, rest] = /^(log|nflog):(.+)$/is.exec(text) ?? [];
  if (kind?.toLowerCase() === 'log') {
    return isAbsolute(rest!) ? { kind: 'log', path: resolve(rest!) } : undefined;
  }
  const group = Number(rest);
  const isGroup = rest !== undefined && /^\d{1,5}$/.test(rest) && group <= 0xffff;
  return isGroup ? { kind: 'nflog', group } : undefined;
}

/** As the directive writes it. */
export function packetSourceText(source: PacketSource): string {
  switch (source.kind) {
    case 'ring':
      return 'ring';
    case 'log':
      return `log:${source.path}`;
    case 'nflog':
      return `nflog:${source.group}`;
  }
}

/** Where packets are heard of, for people: the interfaces of a ring, and what stands beside it. */
export function heardOn(
  sources: readonly PacketSource[],
  interfaces: readonly string[],
): readonly string[] {
  return sources.flatMap((source) =>
    source.kind === 'ring' ? interfaces : [packetSourceText(source)],
  );
}

/** Whether packets are heard of in other ways than on interfaces. */
export function hearsElsewhere(sources: readonly PacketSource[]): boolean {
  return sources.some(({ kind }) => kind !== 'ring');
}

export function hasRing(sources: readonly PacketSource[]): boolean {
  return sources.some(({ kind }) => kind === 'ring');
}
