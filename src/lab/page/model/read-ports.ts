import type { MemoryTuple } from '../../../source/memory.ts';
import { PastedLog } from './pasted-log.ts';

/** A port that somebody saw knocked at; the protocol is known where it was written. */
export interface SeenPort {
  readonly port: number;
  readonly protocol?: 'tcp' | 'udp' | 'icmp';
}

export interface SeenPorts {
  readonly ports: readonly SeenPort[];
  /** What is no port, as it was written. */
  readonly unread: readonly string[];
}

/**
 * Reads a pasted list: numbers (`40211, 40178:udp, icmp:64`), what `knock -v` prints, tcpdump's lines, or
 * a firewall's log. `nowMs` tells the year of logs that don't say it.
 */
export function readPorts(text: string, nowMs: number): SeenPorts {
  const ports: SeenPort[] = [];
  const unread: string[] = [];
  const log = new PastedLog(nowMs);
  for (const line of [...text.split('\n'), '']) {
    const logged = log.read(line);
    if (logged === 'part') continue;
    const whole = logged === undefined ? (ofKnock(line) ?? ofTcpdump(line)) : ofLog(logged);
    if (whole !== undefined) {
      ports.push(whole);
      continue;
    }
    if (PastedLog.isMeant(line)) {
      unread.push(line.trim());
      continue;
    }
    for (const word of line.split(/[\s,;]+/).filter((each) => each !== '')) {
      const port = ofWord(word);
      if (port === undefined) unread.push(word);
      else ports.push(port);
    }
  }
  return { ports, unread };
}

function ofLog({ protocol, port = 0 }: MemoryTuple): SeenPort {
  return { port, protocol: protocol === 'icmp6' ? 'icmp' : protocol };
}

/** `hitting tcp 192.0.2.1:40211` */
function ofKnock(line: string): SeenPort | undefined {
  const [, protocol, port] = /^\s*hitting (tcp|udp|icmp) \S+:(\d{1,5})\s*$/.exec(line) ?? [];
  return seen(port, protocol);
}

function ofTcpdump(line: string): SeenPort | undefined {
  const [, length] = /\bIP6? .*ICMP6?,? echo request.* length (\d{1,5})/.exec(line) ?? [];
  if (length !== undefined) return seen(String(Math.max(0, +length - 8)), 'icmp');
  const [, port, rest] = /\bIP6? \S+ > \S+\.(\d{1,5}): (.*)$/.exec(line) ?? [];
  return seen(port, rest?.startsWith('Flags [') === true ? 'tcp' : 'udp');
}

function ofWord(word: string): SeenPort | undefined {
  const [, size] = /^icmp:(\d{1,5})$/i.exec(word) ?? [];
  if (size !== undefined) return seen(size, 'icmp');
  const [, port, protocol] = /^(\d{1,5})(?::(tcp|udp))?$/i.exec(word) ?? [];
  return seen(port, protocol);
}

function seen(port: string | undefined, protocol?: string): SeenPort | undefined {
  if (port === undefined || Number(port) > 65_535) return undefined;
  const known = protocol?.toLowerCase() as SeenPort['protocol'];
  return known === undefined ? { port: Number(port) } : { port: Number(port), protocol: known };
}
