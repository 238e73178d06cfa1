import type { Interest } from '../matcher/interest.ts';
import type { Address } from '../tuple/address.ts';
import { allocateBatch, NO_PAYLOAD, TRAIT, type TupleBatch } from '../tuple/batch.ts';
import { COUNTERS } from '../tuple/columns.ts';
import { NO_ECHO, PROTOCOL } from '../tuple/protocol.ts';
import { SourceHash } from '../tuple/source-key.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import { namedCounters } from './named-counters.ts';
import type { SourceCounters, TupleSource } from './source.ts';

/** One tuple, said plainly. */
export interface MemoryTuple {
  readonly source: Address;
  readonly target: Address;
  readonly protocol: keyof typeof PROTOCOL;
  /** Default 0. */
  readonly sourcePort?: number;
  /** Default 0. Of an echo request the bytes of its data; of other ICMP `NO_ECHO`. */
  readonly port?: number;
  /** TCP flags byte; default 0. */
  readonly flags?: number;
  readonly vlan?: number;
  readonly interface?: number;
  readonly seconds: number;
  readonly nanoseconds?: number;
}

export interface MemoryOptions {
  /** Which tuples become rows; default all. */
  readonly interest?: Interest;
  /** Rows in a batch; default 4,096. */
  readonly capacity?: number;
  readonly sourceKey?: Uint8Array;
  readonly signal?: AbortSignal;
  readonly interfaces?: readonly string[];
}

/** A source of tuples from memory: for tests, and for programs that have tuples of their own. */
export function memorySource(
  tuples: Iterable<MemoryTuple>,
  options: MemoryOptions = {},
): TupleSource {
  return new MemorySource(tuples, options);
}

class MemorySource implements TupleSource {
  readonly name = 'memory';
  readonly interfaces: readonly string[];
  readonly #tuples: Iterator<MemoryTuple>;
  readonly #batch: TupleBatch;
  readonly #hash: SourceHash;
  readonly #key = new Uint32Array(2);
  readonly #counters = new Float64Array(COUNTERS.length + 1);
  readonly #signal: AbortSignal | undefined;
  #interest: Interest | undefined;
  #isEnded = false;
  #isClosed = false;

  constructor(tuples: Iterable<MemoryTuple>, options: MemoryOptions) {
    this.#tuples = tuples[Symbol.iterator]();
    this.#batch = allocateBatch(options.capacity ?? 4096);
    this.#hash = new SourceHash(options.sourceKey ?? new Uint8Array(16));
    this.#signal = options.signal;
    this.#interest = options.interest;
    this.interfaces = options.interfaces ?? ['memory'];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TupleBatch> {
    const turn = new EventLoopTurn();
    while (!this.#isOver() && !this.#isEnded) {
      this.#fill();
      if (this.#batch.length > 0) yield this.#batch;
      await turn.pause();
    }
  }

  counters(): SourceCounters {
    return namedCounters((into) => into.set(this.#counters));
  }

  setInterest(interest: Interest): void {
    this.#interest = interest;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #isOver(): boolean {
    return this.#isClosed || this.#signal?.aborted === true;
  }

  #fill(): void {
    const batch = this.#batch;
    batch.length = 0;
    while (batch.length < batch.capacity) {
      const next = this.#tuples.next();
      if (next.done === true) {
        this.#isEnded = true;
        return;
      }
      const isWanted = this.#interest === undefined || wants(this.#interest, next.value);
      this.#counters[isWanted ? WANTED : UNWANTED]!++;
      if (isWanted) this.#append(next.value);
    }
  }

  #append(tuple: MemoryTuple): void {
    const to = this.#batch;
    const row = to.length++;
    const { source, target } = tuple;
    to.seconds[row] = tuple.seconds;
    to.nanoseconds[row] = tuple.nanoseconds ?? 0;
    [to.source0[row], to.source1[row], to.source2[row], to.source3[row]] = source.words;
    [to.target0[row], to.target1[row], to.target2[row], to.target3[row]] = target.words;
    this.#hash.hash(...source.words, source.family, this.#key);
    to.key0[row] = this.#key[0]!;
    to.key1[row] = this.#key[1]!;
    to.frameLength[row] = to.payloadLength[row] = 0;
    to.payloadOffset[row] = NO_PAYLOAD;
    to.sourcePort[row] = tuple.sourcePort ?? 0;
    to.port[row] = tuple.port ?? 0;
    to.vlan[row] = tuple.vlan ?? 0;
    to.interface[row] = tuple.interface ?? 0;
    to.protocol[row] = PROTOCOL[tuple.protocol];
    to.flags[row] = tuple.flags ?? 0;
    to.traits[row] = TRAIT.complete | (source.family === 6 ? TRAIT.ipv6 : TRAIT.ipv4);
    to.verdict[row] = WANTED;
  }
}

const WANTED = COUNTERS.indexOf('wanted');
const UNWANTED = COUNTERS.indexOf('unwanted');

function wants(interest: Interest, { protocol, port = 0, flags = 0 }: MemoryTuple): boolean {
  const isSet = (ports: Uint8Array): boolean => (ports[port >> 3]! & (1 << (port & 7))) !== 0;
  switch (protocol) {
    case 'tcp':
      return isSet(interest.tcp) && (flags & interest.tcpFlags.mask) === interest.tcpFlags.value;
    case 'udp':
      return isSet(interest.udp);
    case 'icmp':
      return interest.icmp && port !== NO_ECHO;
    case 'icmp6':
      return interest.icmp6 && port !== NO_ECHO;
  }
}
