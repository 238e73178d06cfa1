import { parseAddress, type Address } from '../tuple/address.ts';
import { PROTOCOL } from '../tuple/protocol.ts';
import type { Carrier } from '../door/encoded.ts';

/** Shapes of the kernel's lines about packets. iptables and nftables write alike; IPv6 has fields of its own. */
export const LOG_FORMATS = ['iptables', 'nftables', 'ipchains'] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];

/** A packet that a firewall would have logged. */
export interface LoggedPacket {
  readonly source: string;
  readonly target: string;
  readonly protocol: Carrier;
  /** Of a ping its bytes of data. */
  readonly port: number;
  readonly sourcePort: number;
  readonly at: Date;
}

/** A line of the system's log, as a firewall's rule with the prefix `postern: ` writes it. */
export function logLine(format: LogFormat, packet: LoggedPacket): string {
  const text = format === 'ipchains' ? ipchainsText(packet) : nfLogText(packet);
  return `${logDate(packet.at)} localhost kernel: ${text}`;
}

function nfLogText({ source, target, protocol, port, sourcePort }: LoggedPacket): string {
  const [from, to] = [parseAddress(source)!, parseAddress(target)!];
  const network =
    from.family === 4
      ? `SRC=${source} DST=${target} LEN=${20 + lengthOf(protocol, port)} TOS=0x00 PREC=0x00 TTL=64 ID=0 DF`
      : `SRC=${longForm(from)} DST=${longForm(to)} LEN=${40 + lengthOf(protocol, port)} TC=0 HOPLIMIT=64 FLOWLBL=0`;
  const transport = {
    tcp: `PROTO=TCP SPT=${sourcePort} DPT=${port} WINDOW=64240 RES=0x00 SYN URGP=0`,
    udp: `PROTO=UDP SPT=${sourcePort} DPT=${port} LEN=9`,
    icmp: `PROTO=${from.family === 4 ? 'ICMP TYPE=8' : 'ICMPv6 TYPE=128'} CODE=0 ID=${sourcePort} SEQ=1`,
  };
  return `postern: IN=lo OUT= MAC= ${network} ${transport[protocol]}`;
}

/** Bytes behind the address header. */
function lengthOf(protocol: Carrier, size: number): number {
  return { tcp: 40, udp: 9, icmp: 8 + size }[protocol];
}

/** Linux 2.2's. It knew no IPv6, and wrote of a ping its type and code as if they were ports. */
function ipchainsText({ source, target, protocol, port, sourcePort }: LoggedPacket): string {
  const head = `Packet log: input DENY lo PROTO=${PROTOCOL[protocol]}`;
  const [from, to] = protocol === 'icmp' ? [8, 0] : [sourcePort, port];
  const rest = `L=${20 + lengthOf(protocol, port)} S=0x00 I=0 F=0x4000 T=64`;
  const flag = protocol === 'tcp' ? ' SYN' : '';
  return `${head} ${source}:${from} ${target}:${to} ${rest}${flag} (#1)`;
}

/** The kernel writes all eight groups, with their zeros. */
function longForm({ words }: Address): string {
  return words
    .flatMap((word) => [word >>> 16, word & 0xffff])
    .map((group) => group.toString(16).padStart(4, '0'))
    .join(':');
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `Nov  5 09:08:07`, in local time. */
function logDate(at: Date): string {
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  return `${MONTHS[at.getMonth()]} ${String(at.getDate()).padStart(2)} ${time}`;
}
