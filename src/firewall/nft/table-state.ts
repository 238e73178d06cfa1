import type { OpenPorts } from '../../door/door.ts';
import type { PortProtocol } from '../../tuple/protocol.ts';
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
      .sort()
      .join('\n');
  }

  /** Handle of a set; undefined if there is none. */
  setHandle(name: string): string | undefined {
    const line = this.#lines.find((each) => each.startsWith(`set ${name} `));
    return line?.split(' ')[2];
  }

  /** What the table guards, by its rules' comments and its sets of ports. */
  guarded(): OpenPorts[] {
    return this.#lines.flatMap((line) => {
      const [, protocol, from, to] =
        /^rule guard \S+ \S+ guards (tcp|udp)\/(\d+)(?:-(\d+))?$/.exec(line) ?? [];
      if (from !== undefined) return [portsOf(protocol!, Number(from), Number(to ?? from))];
      const [, kind, key] = /^element guarded_(tcp|udp) ([0-9a-f]{4}) /.exec(line) ?? [];
      return key === undefined ? [] : [portsOf(kind!, parseInt(key, 16), parseInt(key, 16))];
    });
  }

  get #table(): readonly string[] {
    return this.#lines.find((line) => line.startsWith('table '))?.split(' ') ?? [];
  }
}

/** Sets whose elements tell what a table guards. */
export const GUARDED_SETS = ['guarded_tcp', 'guarded_udp'] as const;

function portsOf(protocol: string, from: number, to: number): OpenPorts {
  return { protocol: protocol as PortProtocol, from, to };
}
