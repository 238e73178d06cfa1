import type { MemoryTuple } from '../../../source/memory.ts';
import { parseAddress, type Address } from '../../../tuple/address.ts';
import { TCP_FLAG } from '../../../tuple/flags.ts';
import { PastedLog } from './pasted-log.ts';

export interface ReadPackets {
  readonly packets: readonly MemoryTuple[];
  /** Lines that are no packet, by their number from 1. */
  readonly unread: readonly { readonly line: number; readonly text: string }[];
}

/**
 * Reads packets line by line: `TIME SOURCE PROTO/PORT [FLAGS]`, tcpdump's lines, or what a firewall logs, in
 * any form that `source = log:FILE` takes, behind one of `prefixes`. A time is seconds since the epoch,
 * ISO 8601, or a time of the day of `dayMs`, by UTC.
 */
export function readPackets(
  text: string,
  dayMs: number,
  prefixes?: readonly string[],
): ReadPackets {
  const packets: MemoryTuple[] = [];
  const unread: { line: number; text: string }[] = [];
  const log = new PastedLog(dayMs, prefixes);
  // An entry of the journal ends with an empty line, which is easily left out behind the last one.
  for (const [at, raw] of [...text.split('\n'), ''].entries()) {
    if (raw.startsWith('#')) continue;
    const logged = log.read(raw);
    if (logged === 'part') continue;
    const line = raw.replace(/#.*/, '').trim();
    const packet = logged ?? ofTcpdump(line, dayMs) ?? ofPlain(line, dayMs);
    if (packet !== undefined) packets.push(packet);
    else if (line !== '') unread.push({ line: at + 1, text: line });
  }
  return { packets, unread };
}

/** Where packets go that do not say where. */
const HERE = { 4: parseAddress('192.0.2.1')!, 6: parseAddress('2001:db8::1')! } as const;

function ofPlain(line: string, dayMs: number): MemoryTuple | undefined {
  const [, time, from, protocol, port, letters] =
    /^(\S+(?: \d\d:\d\d:\d\d(?:\.\d+)?)?)\s+(\S+)\s+(tcp|udp|icmp)\/(\d{1,5})(?:\s+(\S+))?$/i.exec(
      line,
    ) ?? [];
  const source = parseAddress(from ?? '');
  const at = instant(time ?? '', dayMs);
  if (source === undefined || at === undefined || Number(port) > 65_535) return undefined;
  return packet(at, source, HERE[source.family], protocol!, Number(port), flagsOf(letters ?? 'S'));
}

function ofTcpdump(line: string, dayMs: number): MemoryTuple | undefined {
  const [, time, from, to, rest] = /^(.*?)\s*IP6? (\S+) > (\S+?): (.*)$/.exec(line) ?? [];
  if (time === undefined) return undefined;
  const at = instant(time, dayMs);
  const [, echo] = /^ICMP6?,? echo request.* length (\d{1,5})/.exec(rest!) ?? [];
  const [source, target] =
    echo === undefined ? [ended(from!), ended(to!)] : [whole(from!), whole(to!)];
  if (at === undefined || source === undefined || target === undefined) return undefined;
  if (echo !== undefined) {
    return packet(at, source.address, target.address, 'icmp', Math.max(0, Number(echo) - 8), 0);
  }
  const [, letters] = /^Flags \[([^\]]*)\]/.exec(rest!) ?? [];
  const protocol = letters === undefined ? 'udp' : 'tcp';
  return packet(at, source.address, target.address, protocol, target.port, flagsOf(letters ?? ''));
}

/** `192.0.2.1.40211`, `2001:db8::1.40211` */
function ended(text: string): { address: Address; port: number } | undefined {
  const dot = text.lastIndexOf('.');
  const address = parseAddress(text.slice(0, dot));
  const port = Number(text.slice(dot + 1));
  return address !== undefined && port <= 65_535 ? { address, port } : undefined;
}

function whole(text: string): { address: Address; port: number } | undefined {
  const address = parseAddress(text);
  return address && { address, port: 0 };
}

function packet(
  at: { seconds: number; nanoseconds: number },
  source: Address,
  target: Address,
  protocol: string,
  port: number,
  flags: number,
): MemoryTuple {
  const name = protocol.toLowerCase() as 'tcp' | 'udp' | 'icmp' | 'icmp6';
  const carried = name === 'icmp' && source.family === 6 ? 'icmp6' : name;
  return { ...at, source, target, protocol: carried, port, flags: carried === 'tcp' ? flags : 0 };
}

/** tcpdump's letters, and the names of flags. */
function flagsOf(letters: string): number {
  const names = letters.toLowerCase().split(/[+,|]/);
  if (names.every((name) => Object.hasOwn(TCP_FLAG, name))) {
    return names.reduce((flags, name) => flags | TCP_FLAG[name as keyof typeof TCP_FLAG], 0);
  }
  return [...letters].reduce((flags, letter) => flags | (LETTERS[letter] ?? 0), 0);
}

const LETTERS: Readonly<Record<string, number>> = {
  F: TCP_FLAG.fin,
  S: TCP_FLAG.syn,
  R: TCP_FLAG.rst,
  P: TCP_FLAG.psh,
  '.': TCP_FLAG.ack,
  U: TCP_FLAG.urg,
  E: TCP_FLAG.ece,
  W: TCP_FLAG.cwr,
};

function instant(
  text: string,
  dayMs: number,
): { seconds: number; nanoseconds: number } | undefined {
  const [, whole, fraction = ''] =
    /^(.*?)(?:\.(\d{1,9}))?(?:Z|[+-]00:?00)?$/.exec(text.trim()) ?? [];
  const seconds = /^\d{1,11}$/.test(whole ?? '') ? Number(whole) : dateSeconds(whole ?? '', dayMs);
  return Number.isFinite(seconds)
    ? { seconds, nanoseconds: Number(fraction.padEnd(9, '0')) }
    : undefined;
}

function dateSeconds(text: string, dayMs: number): number {
  const day = new Date(dayMs).toISOString().slice(0, 10);
  const date = /^\d\d:\d\d:\d\d$/.test(text) ? `${day}T${text}` : text.replace(' ', 'T');
  return Date.parse(`${date}Z`) / 1000;
}
