import { Buffer } from 'buffer';
import { LOG_PREFIX } from '../../../config/to-options.ts';
import { LogDecoder } from '../../../source/log/log-decoder.ts';
import type { MemoryTuple } from '../../../source/memory.ts';
import { allocateBatch } from '../../../tuple/batch.ts';
import { sourceAt, targetAt } from '../../../tuple/batch-address.ts';
import { protocolName } from '../../../tuple/protocol.ts';

/** Everything that can be a knock. */
const ANYTHING = {
  tcp: new Uint8Array(8192).fill(255),
  udp: new Uint8Array(8192).fill(255),
  icmp: true,
  icmp6: true,
  tcpFlags: { mask: 0, value: 0 },
} as const;

/** What no list of ports and no line of tcpdump's looks like. */
const LIKE_A_LOG = /\bIN=|\bkernel: |^\[ *\d+\.\d+\] |^\{/;

/**
 * Reads pasted lines as `source = log:FILE` reads them, whatever of its forms they have. They are all
 * believed, since nobody but who pastes them is to be let in by them.
 */
export class PastedLog {
  readonly #batch = allocateBatch(1);
  readonly #decoder: LogDecoder;

  /** `prefixes`: what rules write in front of a packet. `nowMs` tells the year of stamps that have none. */
  constructor(nowMs: number, prefixes: readonly string[] = [LOG_PREFIX]) {
    this.#decoder = new LogDecoder('pasted', {
      batch: this.#batch,
      interest: ANYTHING,
      sourceKey: new Uint8Array(16),
      everyPacket: false,
      rules: { prefixes, trusts: true },
      live: undefined,
      endMs: nowMs,
    });
  }

  /** Whether a line that was not read would have to be a log's. */
  static isMeant(line: string): boolean {
    return LIKE_A_LOG.test(line);
  }

  /** The packet that a line tells of, or ends; `part`: one of an entry that goes on; undefined: it is of no log. */
  read(line: string): MemoryTuple | 'part' | undefined {
    const before = this.#decoder.lineCounters().lines;
    this.#decoder.feed(Buffer.from(`${line}\n`));
    do {
      if (this.#decoder.drain() > 0) return this.#packet();
    } while (this.#decoder.state === 'ready');
    return this.#decoder.lineCounters().lines === before ? 'part' : undefined;
  }

  #packet(): MemoryTuple {
    const { protocol, sourcePort, port, flags, seconds, nanoseconds } = this.#batch;
    return {
      source: sourceAt(this.#batch, 0),
      target: targetAt(this.#batch, 0),
      protocol: protocolName(protocol[0]!)!,
      sourcePort: sourcePort[0]!,
      port: port[0]!,
      flags: flags[0]!,
      seconds: seconds[0]!,
      nanoseconds: nanoseconds[0]!,
    };
  }
}
