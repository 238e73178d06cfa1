import type { OpenPorts } from '../../door/door.ts';
import { parseAddress } from '../../tuple/address.ts';
import type { PortProtocol } from '../../tuple/protocol.ts';
import type { GuardedMachine } from './guarded-machines.ts';
import { GUARDS, type GuardedPorts } from './open-ports.ts';
import type { Table } from './table.ts';

/**
 * Our table as the kernel has it: lines by native/netlink/table_state.h. Handles are never given twice,
 * so what was deleted and made again differs.
 */
export class TableState {
  readonly #lines: readonly string[];

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** The table's flags; 2: it is owned by a socket, 4: it outlives that one. */
  get flags(): number {
    return Number(this.#table[2] ?? 0);
  }

  /** Port of the socket that owns the table; 0: none. */
  get owner(): number {
    return Number(this.#table[3] === '-' ? 0 : this.#table[3]);
  }

  /** All that has to stay as it is. Chains and sets that others added are none of our business. */
  fingerprint({ sets, chains }: Table): string {
    const names = new Set([...sets.map(({ name }) => name), ...chains.map(({ name }) => name)]);
    return this.#lines
      .filter((line) => line.startsWith('table ') || names.has(line.split(' ', 2)[1]!))
      .filter((line) => !line.startsWith('count '))
      .sort()
      .join('\n');
  }

  /** Handle of a set, behind its table's, which is given once for all; undefined if there is none. */
  setHandle(name: string): string | undefined {
    const line = this.#lines.find((each) => each.startsWith(`set ${name} `));
    return line === undefined ? undefined : `${this.#table[1]!}.${line.split(' ')[2]!}`;
  }

  /** Names of all its chains, ours or not. */
  get chains(): readonly string[] {
    return this.#namesOf('chain ');
  }

  /** Names of all its sets. */
  get sets(): readonly string[] {
    return this.#namesOf('set ');
  }

  /** How many elements a set has; undefined where the kernel does not say. */
  elementCount(name: string): number | undefined {
    const line = this.#lines.find((each) => each.startsWith(`count ${name} `));
    return line === undefined ? undefined : Number(line.split(' ')[2]);
  }

  /** What the table guards of machines behind this host, by its rules' comments. */
  guardedMachines(): GuardedMachine[] {
    return this.#lines.flatMap((line) => {
      const [, protocol, from, to, host, cutting] =
        /^rule guard_forward \S+ \S+ guards (tcp|udp)\/(\d+)(?:-(\d+))? of ([^\s,]+)(, cutting)?$/.exec(
          line,
        ) ?? [];
      const address = host === undefined ? undefined : parseAddress(host);
      if (address === undefined) return [];
      const ports = openPorts(protocol!, Number(from), Number(to ?? from));
      return [{ address, ports, isCut: cutting !== undefined }];
    });
  }

  /** What the table guards, by its rules' comments and its sets of ports. */
  guarded(): GuardedPorts[] {
    return this.#lines.flatMap((line) => {
      const [, protocol, from, to, cutting] =
        /^rule guard \S+ \S+ guards (tcp|udp)\/(\d+)(?:-(\d+))?(, cutting)?$/.exec(line) ?? [];
      if (from !== undefined) {
        return [portsOf(protocol!, Number(from), Number(to ?? from), cutting !== undefined)];
      }
      const [, kind, cut, key] =
        /^element guarded_(tcp|udp)(_cut)? ([0-9a-f]{4}) /.exec(line) ?? [];
      if (key === undefined) return [];
      return [portsOf(kind!, parseInt(key, 16), parseInt(key, 16), cut !== undefined)];
    });
  }

  #namesOf(kind: string): string[] {
    return this.#lines
      .filter((line) => line.startsWith(kind))
      .map((line) => line.split(' ', 2)[1]!);
  }

  get #table(): readonly string[] {
    return this.#lines.find((line) => line.startsWith('table '))?.split(' ') ?? [];
  }
}

/** Sets whose elements tell what a table guards. */
export const GUARDED_SETS: readonly string[] = GUARDS.map(({ set }) => set);

function portsOf(protocol: string, from: number, to: number, isCut: boolean): GuardedPorts {
  return { ...openPorts(protocol, from, to), isCut };
}

function openPorts(protocol: string, from: number, to: number): OpenPorts {
  return { protocol: protocol as PortProtocol, from, to };
}
