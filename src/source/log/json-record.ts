import { TRAIT } from '../../tuple/batch.ts';
import { TCP_FLAG } from '../../tuple/flags.ts';
import { PROTOCOL } from '../../tuple/protocol.ts';
import { longNumber } from './journal-export.ts';
import { JsonMembers } from './json-members.ts';
import type { LineEnd, LogRecord } from './log-record.ts';
import type { MessageReader } from './message.ts';
import { setEcho } from './netfilter.ts';
import { address, standsAt, wholeNumber } from './scan.ts';

/** Members that count, of `journalctl -o json` and of ulogd's JSON; of each the first one. */
const KEYS = [
  '_TRANSPORT',
  'MESSAGE',
  '__REALTIME_TIMESTAMP',
  '_SOURCE_MONOTONIC_TIMESTAMP',
  'oob.prefix',
  'oob.time.sec',
  'oob.time.usec',
  'src_ip',
  'dest_ip',
  'src_port',
  'dest_port',
  'ip.protocol',
  'ip.totlen',
  'ip.ihl',
  'ip.fragoff',
  'ip6.payloadlen',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
  'tcp.fin',
  'tcp.syn',
  'tcp.rst',
  'tcp.psh',
  'tcp.ack',
  'tcp.urg',
] as const;

type Key = (typeof KEYS)[number];

const NAMES = KEYS.map((key) => Buffer.from(key));
/** A key's index, looked up once: by the name it would be looked up for each field of each line. */
const AT = Object.fromEntries(KEYS.map((key, at) => [key, at])) as Record<Key, number>;
/** By length and two letters, which keys may be meant: hardly ever more than one. */
const BY_HASH = Array.from({ length: 256 }, (_, hash) =>
  NAMES.flatMap((name, at) => (keyHash(name, 0, name.length) === hash ? [at] : [])),
);
const SHORTEST = Math.min(...NAMES.map(({ length }) => length));
const KERNEL = Buffer.from('kernel');
const [MORE, OFFSET] = [0x2000, 0x1fff];
const IPV6_HEADER = 40;

/** Reads lines that are JSON: entries of the journal, and packets as ulogd writes them. */
export class JsonRecord {
  readonly #messages: MessageReader;
  readonly #trusts: boolean;
  readonly #members = new JsonMembers(KEYS.length, keyAt);
  readonly #from = this.#members.from;
  readonly #to = this.#members.to;
  #bytes: Buffer = Buffer.alloc(0);

  /** `trusts`: whether what ulogd wrote is believed. */
  constructor(messages: MessageReader, trusts: boolean) {
    this.#messages = messages;
    this.#trusts = trusts;
  }

  read(bytes: Buffer, from: number, to: number, record: LogRecord): LineEnd {
    this.#bytes = bytes;
    if (!this.#members.read(bytes, from, to)) return 'garbled';
    return this.#has(AT._TRANSPORT) ? this.#readEntry(record) : this.#readPacket(record);
  }

  #readEntry(record: LogRecord): LineEnd {
    const [from, to] = [this.#from[AT._TRANSPORT]!, this.#to[AT._TRANSPORT]!];
    if (to - from !== KERNEL.length || !standsAt(this.#bytes, from, to, KERNEL)) return 'notKernel';
    record.wallUs = this.#long(AT.__REALTIME_TIMESTAMP);
    record.uptimeUs = this.#long(AT._SOURCE_MONOTONIC_TIMESTAMP);
    return this.#messages.read(this.#bytes, this.#from[AT.MESSAGE]!, this.#to[AT.MESSAGE]!, record);
  }

  #readPacket(record: LogRecord): LineEnd {
    if (!this.#trusts || !this.#has(AT.src_ip)) return 'notKernel';
    const prefix = AT['oob.prefix'];
    if (!this.#messages.isOurs(this.#bytes, this.#from[prefix]!, this.#to[prefix]!)) {
      return 'otherPrefix';
    }
    return this.#fill(record) ? 'matched' : 'garbled';
  }

  #fill(record: LogRecord): boolean {
    const { tuple } = record;
    const family = this.#address(AT.src_ip, tuple.source);
    if (family === 0 || this.#address(AT.dest_ip, tuple.target) !== family) return false;
    tuple.traits = family === 6 ? TRAIT.ipv6 : TRAIT.ipv4;
    tuple.protocol = this.#number(AT['ip.protocol']);
    const seconds = this.#number(AT['oob.time.sec']);
    if (seconds >= 0)
      record.wallUs = seconds * 1e6 + Math.max(0, this.#number(AT['oob.time.usec']));
    const payload = this.#number(AT['ip6.payloadlen']);
    const length = family === 6 ? payload + IPV6_HEADER : this.#number(AT['ip.totlen']);
    record.originalLength = Math.max(0, length);
    const fragment = family === 6 ? 0 : Math.max(0, this.#number(AT['ip.fragoff']));
    if ((fragment & OFFSET) !== 0) {
      tuple.traits |= TRAIT.laterFragment;
      tuple.refuse('laterFragment');
      return true;
    }
    if ((fragment & MORE) !== 0) tuple.traits |= TRAIT.firstFragment;
    return this.#fillTransport(record, family);
  }

  #fillTransport({ tuple, originalLength }: LogRecord, family: 4 | 6): boolean {
    const { protocol } = tuple;
    if (protocol === (family === 6 ? PROTOCOL.icmp6 : PROTOCOL.icmp)) {
      const [type, code] =
        family === 6
          ? [this.#number(AT['icmpv6.type']), this.#number(AT['icmpv6.code'])]
          : [this.#number(AT['icmp.type']), this.#number(AT['icmp.code'])];
      // Unlike lines of text, ulogd says how long the header is.
      const options = family === 6 ? 0 : Math.max(0, this.#number(AT['ip.ihl']) - 5) * 4;
      return setEcho(tuple, type, code, originalLength - options);
    }
    if (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp) {
      tuple.refuse('otherProtocol');
      return protocol >= 0 && protocol < 256;
    }
    const [from, to] = [this.#number(AT.src_port), this.#number(AT.dest_port)];
    if (from < 0 || from > 0xffff || to < 0 || to > 0xffff) {
      tuple.refuse('cutTransport');
      return true;
    }
    tuple.traits |= TRAIT.complete;
    tuple.sourcePort = from;
    tuple.port = to;
    if (protocol === PROTOCOL.tcp) tuple.flags = this.#flags();
    return true;
  }

  #flags(): number {
    let flags = 0;
    for (const [at, flag] of FLAGS) if (this.#number(at) > 0) flags |= flag;
    return flags;
  }

  #has(at: number): boolean {
    return this.#to[at] !== 0;
  }

  #number(at: number): number {
    return wholeNumber(this.#bytes, this.#from[at]!, this.#to[at]!);
  }

  #long(at: number): number {
    return longNumber(this.#bytes, this.#from[at]!, this.#to[at]!);
  }

  #address(at: number, into: Uint32Array): 0 | 4 | 6 {
    return address(this.#bytes, this.#from[at]!, this.#to[at]!, into);
  }
}

const FLAGS: readonly (readonly [number, number])[] = [
  [AT['tcp.fin'], TCP_FLAG.fin],
  [AT['tcp.syn'], TCP_FLAG.syn],
  [AT['tcp.rst'], TCP_FLAG.rst],
  [AT['tcp.psh'], TCP_FLAG.psh],
  [AT['tcp.ack'], TCP_FLAG.ack],
  [AT['tcp.urg'], TCP_FLAG.urg],
];

function keyAt(bytes: Buffer, from: number, to: number): number {
  if (to - from < SHORTEST) return -1;
  for (const at of BY_HASH[keyHash(bytes, from, to)]!) {
    if (to - from === NAMES[at]!.length && standsAt(bytes, from, to, NAMES[at]!)) return at;
  }
  return -1;
}

function keyHash(bytes: Buffer, from: number, to: number): number {
  return ((to - from) * 8 + bytes[to - 1]! + bytes[to - 3]! * 3) & 255;
}
