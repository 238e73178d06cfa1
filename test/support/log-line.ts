import type { Knock } from '../contract/source.contract.ts';
import { targetFor } from './knock-frame.ts';

/** What the kernel writes about a packet, behind the prefix. */
export function packetText({ from, port, flags }: Omit<Knock, 'seconds' | 'nanoseconds'>): string {
  const ends = `SRC=${from} DST=${targetFor(from)}`;
  const network = from.includes(':')
    ? `${ends} LEN=80 TC=0 HOPLIMIT=51 FLOWLBL=0`
    : `${ends} LEN=60 TOS=0x00 PREC=0x00 TTL=51 ID=4711 DF`;
  const names = FLAGS.filter(([bit]) => ((flags ?? 0) & bit) !== 0).map(([, name]) => `${name} `);
  const transport =
    flags === undefined
      ? `PROTO=UDP SPT=40000 DPT=${port} LEN=9`
      : `PROTO=TCP SPT=40000 DPT=${port} WINDOW=64240 RES=0x00 ${names.join('')}URGP=0`;
  return `IN=eth0 OUT= MAC= ${network} ${transport} `;
}

/** A whole line as rsyslog writes it of a rule whose prefix is ours. */
export function kernelLine(knock: Knock): string {
  return `${isoTime(knock)} gw kernel: postern: ${packetText(knock)}\n`;
}

/** RFC 3339, to the microsecond. */
export function isoTime({ seconds, nanoseconds }: Pick<Knock, 'seconds' | 'nanoseconds'>): string {
  const fraction = String(Math.floor(nanoseconds / 1000)).padStart(6, '0');
  return new Date(seconds * 1000).toISOString().replace('.000Z', `.${fraction}+00:00`);
}

/** In the order in which the kernel writes them. */
const FLAGS = [
  [128, 'CWR'],
  [64, 'ECE'],
  [32, 'URG'],
  [16, 'ACK'],
  [8, 'PSH'],
  [4, 'RST'],
  [2, 'SYN'],
  [1, 'FIN'],
] as const;
