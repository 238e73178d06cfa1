import type { Address } from '../tuple/address.ts';
import { TRAIT, type TupleBatch } from '../tuple/batch.ts';
import { PROTOCOL } from '../tuple/protocol.ts';
import {
  ANY_VLAN,
  anySizeKey,
  ECHO_KEYS,
  type CompiledDoor,
  type PortKey,
} from './compiled-door.ts';
import type { LocalAddresses } from './local-addresses.ts';

const SYN = 0x02;
const SYN_ACK = 0x12;

/** The packet at hand, taken out of its row once. One object serves for all packets. */
export class Knock {
  batch!: TupleBatch;
  row = 0;
  port: PortKey = 0;
  #anySize: PortKey = 0;
  key0 = 0;
  key1 = 0;
  #isTcp = false;
  #flags = 0;
  #vlan = 0;
  #isLocal = false;

  /** `local` undefined: every destination is the host's own. */
  take(batch: TupleBatch, row: number, port: PortKey, local: LocalAddresses | undefined): void {
    this.batch = batch;
    this.row = row;
    this.port = port;
    this.#anySize = anySizeKey(port);
    this.key0 = batch.key0[row]! | 0;
    this.key1 = batch.key1[row]! | 0;
    this.#isTcp = batch.protocol[row] === PROTOCOL.tcp;
    this.#flags = batch.flags[row]!;
    this.#vlan = batch.vlan[row]!;
    this.#isLocal =
      local === undefined ||
      local.has(
        (batch.traits[row]! & TRAIT.ipv6) === 0 ? 4 : 6,
        batch.target0[row]! | 0,
        batch.target1[row]! | 0,
        batch.target2[row]! | 0,
        batch.target3[row]! | 0,
      );
  }

  /** Whether it knocks at a port of this host: of TCP what begins a connection, or UDP. */
  get mayScan(): boolean {
    return this.#isLocal && (this.#isTcp ? (this.#flags & SYN_ACK) === SYN : this.port < ECHO_KEYS);
  }

  /** Whether the packet is what this step waits for. */
  hits(step: PortKey | undefined): boolean {
    return step === this.port || step === this.#anySize;
  }

  /** Whether the packet, apart from its port, is one that this door looks at. */
  isFor(door: CompiledDoor): boolean {
    return this.hasFlagsOf(door) && this.reaches(door);
  }

  hasFlagsOf(door: CompiledDoor): boolean {
    return !this.#isTcp || (this.#flags & door.flagMask) === door.flagValue;
  }

  /** Whether source, destination and VLAN are the door's. */
  reaches(door: CompiledDoor): boolean {
    if (door.vlan !== ANY_VLAN && door.vlan !== this.#vlan) return false;
    if (door.sources !== undefined && !door.sources.has(this.batch, this.row)) return false;
    const target = door.door.target;
    return target === undefined ? this.#isLocal : this.#isTo(target);
  }

  #isTo({ family, words }: Address): boolean {
    const { batch, row } = this;
    return (
      batch.target3[row] === words[3] &&
      batch.target2[row] === words[2] &&
      batch.target1[row] === words[1] &&
      batch.target0[row] === words[0] &&
      (batch.traits[row]! & TRAIT.ipv6) === (family === 6 ? TRAIT.ipv6 : 0)
    );
  }
}
