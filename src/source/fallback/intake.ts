import type { Interest } from '../../matcher/interest.ts';
import { NO_PAYLOAD, TRAIT, type TupleBatch } from '../../tuple/batch.ts';
import { COUNTERS, type CounterName } from '../../tuple/columns.ts';
import { NO_ECHO, PROTOCOL } from '../../tuple/protocol.ts';
import { SourceHash } from '../../tuple/source-key.ts';
import type { DecoderOptions } from '../capture-decoder.ts';
import { Tuple, type Frame } from './frame.ts';
import { walkIp } from './ip.ts';
import { walkLink } from './link.ts';
import { readTransport } from './transport.ts';

/** Where frames go: parsed, counted, and, if a door wants them, written as a row. */
export class Intake {
  rows = 0;
  interest: Interest;
  readonly #batch: TupleBatch;
  readonly #everyPacket: boolean;
  readonly #hash: SourceHash;
  readonly #key = new Uint32Array(2);
  readonly #tuple = new Tuple();
  readonly #counters = new Float64Array(COUNTERS.length + 1);
  #arenaUsed = 0;

  constructor({ batch, interest, sourceKey, everyPacket }: DecoderOptions) {
    this.#batch = batch;
    this.interest = interest;
    this.#everyPacket = everyPacket;
    this.#hash = new SourceHash(sourceKey);
  }

  begin(): void {
    this.rows = this.#arenaUsed = 0;
  }

  hasRoom(): boolean {
    const { capacity, arena } = this.#batch;
    return (
      this.rows < capacity &&
      (arena.length === 0 || this.#arenaUsed + PAYLOAD_LIMIT <= arena.length)
    );
  }

  take(frame: Frame): void {
    parse(frame, this.#tuple);
    this.put(frame, this.#tuple);
  }

  /** A frame that has been parsed; its bytes are looked at only where payloads are wanted. */
  put(frame: Frame, tuple: Tuple): void {
    const ending = this.#endingOf(tuple);
    this.#counters[VERDICT[ending]]!++;
    this.#counters[COUNTERS.length]! += frame.originalLength;
    if (ending === 'wanted' || this.#everyPacket) this.#append(frame, tuple, VERDICT[ending]);
  }

  counters(into: Float64Array): void {
    into.set(this.#counters);
  }

  /** What is wrong with a packet behind its ports is told of what some door would want, as by the addon. */
  #endingOf(tuple: Tuple): CounterName {
    const { reject, traits } = tuple;
    if (reject === undefined) return this.#wants(tuple) ? 'wanted' : 'unwanted';
    const isBehindPorts = reject === 'badChecksum' || reject === 'badTransport';
    const isWhole = (traits & TRAIT.complete) !== 0;
    if (!this.#everyPacket && isBehindPorts && isWhole && !this.#wants(tuple)) return 'unwanted';
    return reject;
  }

  #wants({ protocol, port, flags }: Tuple): boolean {
    const { tcp, udp, icmp, icmp6, tcpFlags } = this.interest;
    const bit = 1 << (port & 7);
    switch (protocol) {
      case PROTOCOL.tcp:
        return (tcp[port >> 3]! & bit) !== 0 && (flags & tcpFlags.mask) === tcpFlags.value;
      case PROTOCOL.udp:
        return (udp[port >> 3]! & bit) !== 0;
      default:
        return port !== NO_ECHO && (protocol === PROTOCOL.icmp ? icmp : icmp6);
    }
  }

  #append(frame: Frame, tuple: Tuple, verdict: number): void {
    const row = this.rows++;
    const to = this.#batch;
    const { source, target } = tuple;
    to.seconds[row] = frame.seconds;
    to.nanoseconds[row] = frame.nanoseconds;
    [to.source0[row], to.source1[row], to.source2[row], to.source3[row]] = words(source);
    [to.target0[row], to.target1[row], to.target2[row], to.target3[row]] = words(target);
    const family = (tuple.traits & TRAIT.ipv6) === 0 ? 4 : 6;
    this.#hash.hash(...words(source), family, this.#key);
    to.key0[row] = this.#key[0]!;
    to.key1[row] = this.#key[1]!;
    to.frameLength[row] = frame.originalLength;
    to.payloadOffset[row] = this.#copyPayload(frame, tuple);
    to.payloadLength[row] = tuple.payloadLength;
    to.sourcePort[row] = tuple.sourcePort;
    to.port[row] = tuple.port;
    to.vlan[row] = tuple.vlan;
    to.interface[row] = frame.interface;
    to.protocol[row] = tuple.protocol;
    to.flags[row] = tuple.flags;
    to.traits[row] = tuple.traits;
    to.verdict[row] = verdict;
  }

  #copyPayload({ bytes }: Frame, { payloadAt, payloadLength }: Tuple): number {
    const { arena } = this.#batch;
    if (arena.length === 0 || payloadLength > PAYLOAD_LIMIT) return NO_PAYLOAD;
    const at = this.#arenaUsed;
    arena.set(new Uint8Array(bytes.buffer, bytes.byteOffset + payloadAt, payloadLength), at);
    this.#arenaUsed += payloadLength;
    return at;
  }
}

/** Bytes to one tuple, or the reason why they are none; outermost IP header only. */
export function parse(frame: Frame, tuple: Tuple): void {
  tuple.clear();
  const network = walkLink(frame, tuple);
  const packet = network && walkIp(frame, network, tuple);
  if (packet !== undefined) readTransport(frame, packet, tuple);
}

const PAYLOAD_LIMIT = 2048;

const VERDICT = Object.fromEntries(COUNTERS.map((name, at) => [name, at])) as Record<
  CounterName,
  number
>;

function words(address: Uint32Array): [number, number, number, number] {
  return [address[0]!, address[1]!, address[2]!, address[3]!];
}
