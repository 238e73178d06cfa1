import type { OpenPorts } from '../../door/door.ts';
import type { PortProtocol } from '../../tuple/protocol.ts';
import { portOf } from '../services.ts';

/** A firewall command that lets the knocking source in at some ports, or takes that back. */
export interface AccessRule {
  readonly action: 'add' | 'remove';
  /** The families of addresses that the command works for. */
  readonly families: readonly (4 | 6)[];
  readonly ports: readonly OpenPorts[];
  /** What a command that adds and the one that takes back have in common. */
  readonly identity: string;
  /** The rule ends by itself after so many seconds. */
  readonly seconds?: number;
}

/** Why a command is left as it is. */
export interface NotUnderstood {
  readonly reason: string;
}

export type Reading = AccessRule | NotUnderstood;

/** Reads the words behind the program's name. */
export type ReadCommand = (args: readonly string[]) => Reading;

export function isUnderstood(reading: Reading): reading is AccessRule {
  return 'identity' in reading;
}

/** 0 for what is no port; a number must be one as it stands. */
function portNumber(text: string): number {
  if (/^\d/.test(text)) return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : 0;
  return /^[a-z]/i.test(text) ? (portOf(text) ?? 0) : 0;
}

/** Where `%IP%` stands in a rule that is about the knocker alone. */
export function isKnocker(source: string): boolean {
  return /^%IP%(\/(32|128|255\.255\.255\.255))?$/.test(source);
}

/** `22`, `ssh`, `22,80`, and ranges with this mark between their ends; undefined if it is none of that. */
export function portList(
  text: string,
  mark: ':' | '-',
  protocols: readonly PortProtocol[],
): readonly OpenPorts[] | undefined {
  const ports: OpenPorts[] = [];
  for (const item of text.split(',')) {
    const ends = item.trim().split(mark);
    const [from = 0, to = from] = ends.map((end) => portNumber(end.trim()));
    if (ends.length > 2 || from < 1 || to < from) return undefined;
    ports.push(...protocols.map((protocol) => ({ protocol, from, to })));
  }
  return ports;
}

export const REASON = {
  notOfKnocker: { reason: 'it is not about the knocker’s address alone' },
  allPorts: { reason: 'it opens all ports' },
  noPorts: { reason: 'its ports are not understood' },
  noAccept: { reason: 'it does something else than to accept' },
} as const;

export function beyond(word: string): NotUnderstood {
  return { reason: `"${word}" is more than open can say` };
}
