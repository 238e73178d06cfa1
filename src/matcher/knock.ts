import type { Address } from '../tuple/address.ts';
import { TRAIT, type TupleBatch } from '../tuple/batch.ts';
import {
  ANY_VLAN,
  anySizeKey,
  ECHO_KEYS,
  portKey,
  type CompiledDoor,
  type PortKey,
} from './compiled-door.ts';
import type { LocalAddresses } from './local-addresses.ts';

const TCP_END = portKey('udp', 0);
const PINGS_BEGIN = ECHO_KEYS;
const EVERY_VLAN = ANY_VLAN;
const IPV6 = TRAIT.ipv6;
const NO_SCOPE = -1;
const SYN = 0x02;
const SYN_ACK = 0x12;

/** The packet at hand. One object serves for all packets. */
export class Knock {
  batch!: TupleBatch;
  row = 0;
  port: PortKey = 0;
  key0 = 0;
  key1 = 0;
  /** Undefined: every destination is the host's own. */
  local: LocalAddresses | undefined;
  /** Of doors that were found to look at the packet: the others with this scope do so too. */
  #scopeId = NO_SCOPE;

  take(batch: TupleBatch, row: number, port: PortKey): void {
    this.batch = batch;
    this.row = row;
    this.port = port;
    this.key0 = batch.key0[row]! | 0;
    this.key1 = batch.key1[row]! | 0;
    this.#scopeId = NO_SCOPE;
  }

  /** Whether it knocks at a port of this host: of TCP what begins a connection, or UDP. */
  get mayScan(): boolean {
    if (!this.#isHere()) return false;
    if (this.port >= TCP_END) return this.port < PINGS_BEGIN;
    return (this.batch.flags[this.row]! & SYN_ACK) === SYN;
  }

  /** Whether the packet is what this step waits for. */
  hits(step: PortKey | undefined): boolean {
    return step === this.port || step === anySizeKey(this.port);
  }

  /** Whether the packet, apart from its port, is one that this door looks at. */
  isFor(door: CompiledDoor): boolean {
    return door.scopeId === this.#scopeId || this.isInScopeOf(door);
  }

  /** The same, found out. Not private: with the check of a # the above is too long for V8 to inline everywhere. */
  isInScopeOf(door: CompiledDoor): boolean {
    if (!this.hasFlagsOf(door) || !this.reaches(door)) return false;
    this.#scopeId = door.scopeId;
    return true;
  }

  hasFlagsOf(door: CompiledDoor): boolean {
    return this.port >= TCP_END || (this.batch.flags[this.row]! & door.flagMask) === door.flagValue;
  }

  /** Whether source, destination and VLAN are the door's. */
  reaches({ vlan, sources, door: { target } }: CompiledDoor): boolean {
    const { batch, row } = this;
    if (vlan !== EVERY_VLAN && vlan !== batch.vlan[row]) return false;
    if (sources !== undefined && !sources.has(batch, row)) return false;
    return target === undefined ? this.#isHere() : this.#isTo(target);
  }

  #isHere(): boolean {
    return this.local === undefined || this.local.has(this.batch, this.row);
  }

  #isTo({ family, words }: Address): boolean {
    const { batch, row } = this;
    return (
      batch.target3[row] === words[3] &&
      batch.target2[row] === words[2] &&
      batch.target1[row] === words[1] &&
      batch.target0[row] === words[0] &&
      (batch.traits[row]! & IPV6) === (family === 6 ? IPV6 : 0)
    );
  }
}
