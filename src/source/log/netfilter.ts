import { TRAIT } from '../../tuple/batch.ts';
import { TCP_FLAG } from '../../tuple/flags.ts';
import { NO_ECHO, PROTOCOL } from '../../tuple/protocol.ts';
import type { Tuple } from '../fallback/frame.ts';
import type { LogRecord } from './log-record.ts';
import { address, isWord, pastSpaces, portNumber, standsAt, wholeNumber, wordEnd } from './scan.ts';

/**
 * What iptables, ip6tables and nftables write about a packet (nf_log_syslog.c), and ulogd's LOGEMU:
 *
 *     IN=eth0 OUT= MAC=... SRC=203.0.113.9 DST=192.0.2.1 LEN=60 ... PROTO=TCP SPT=40000 DPT=7000 ... SYN URGP=0
 *
 * Words are read from the first on, each once, and nothing behind the end of what the kernel writes of
 * itself: an ICMP error repeats words of a packet that a stranger made up, in brackets.
 */
export class NetfilterReader {
  readonly #fields = new Fields();

  /** False: that is no packet. */
  read(bytes: Buffer, from: number, end: number, record: LogRecord): boolean {
    const fields = this.#fields.clear();
    for (let at = from; at < end && bytes[at] !== BRACKET && !fields.isWhole;) {
      const to = wordEnd(bytes, at, end);
      if (!takeWord(bytes, at, to, fields, record.tuple)) return false;
      at = pastSpaces(bytes, to, end);
    }
    return finish(fields, record);
  }
}

const BRACKET = 91;
const [A, C, D, E, F, I, L, M, P, R, S, T, U] = Buffer.from('ACDEFILMPRSTU') as unknown as number[];

function word(text: string): Buffer {
  return Buffer.from(text);
}

const SRC = word('SRC=');
const SPT = word('SPT=');
const SYN = word('SYN');
const DST = word('DST=');
const DPT = word('DPT=');
const PROTO = word('PROTO=');
const PSH = word('PSH');
const LEN = word('LEN=');
const TYPE = word('TYPE=');
const CODE = word('CODE=');
const CWR = word('CWR');
const FRAG = word('FRAG:');
const FIN = word('FIN');
const MF = word('MF');
const ACK = word('ACK');
const URGP = word('URGP=');
const URG = word('URG');
const RST = word('RST');
const ECE = word('ECE');
const INCOMPLETE = word('INCOMPLETE');
const TCP = word('TCP');
const UDP = word('UDP');
const ICMP = word('ICMP');
const ICMP6 = word('ICMPv6');

/** What a line has said so far; -1: nothing. */
class Fields {
  sourceFamily = 0;
  targetFamily = 0;
  protocol = -1;
  ipLength = -1;
  sourcePort = -1;
  port = -1;
  type = -1;
  code = -1;
  flags = 0;
  isCut = false;
  isLaterFragment = false;
  isFirstFragment = false;
  /** The last word of its protocol has come. */
  isWhole = false;

  clear(): this {
    this.sourceFamily = this.targetFamily = this.flags = 0;
    this.protocol = this.ipLength = this.sourcePort = this.port = this.type = this.code = -1;
    this.isCut = this.isLaterFragment = this.isFirstFragment = this.isWhole = false;
    return this;
  }
}

/** False if a word that counts says what it can't say. */
function takeWord(bytes: Buffer, at: number, to: number, fields: Fields, tuple: Tuple): boolean {
  switch (bytes[at]) {
    case S:
      if (standsAt(bytes, at, to, SRC) && fields.sourceFamily === 0) {
        return (fields.sourceFamily = address(bytes, at + 4, to, tuple.source)) !== 0;
      }
      if (standsAt(bytes, at, to, SPT) && fields.sourcePort < 0) {
        return (fields.sourcePort = portNumber(bytes, at + 4, to)) >= 0;
      }
      return !isWord(bytes, at, to, SYN) || setFlag(fields, TCP_FLAG.syn);
    case D:
      if (standsAt(bytes, at, to, DST) && fields.targetFamily === 0) {
        return (fields.targetFamily = address(bytes, at + 4, to, tuple.target)) !== 0;
      }
      if (standsAt(bytes, at, to, DPT) && fields.port < 0) {
        return (fields.port = portNumber(bytes, at + 4, to)) >= 0;
      }
      return true;
    case P:
      if (standsAt(bytes, at, to, PROTO) && fields.protocol < 0)
        return takeProtocol(bytes, at + 6, to, fields);
      return !isWord(bytes, at, to, PSH) || setFlag(fields, TCP_FLAG.psh);
    case L:
      return !standsAt(bytes, at, to, LEN) || takeLength(bytes, at + 4, to, fields);
    case T:
      if (!standsAt(bytes, at, to, TYPE) || fields.type >= 0) return true;
      return (fields.type = wholeNumber(bytes, at + 5, to)) >= 0 && fields.type < 256;
    case C:
      if (standsAt(bytes, at, to, CODE) && fields.code < 0) {
        fields.code = wholeNumber(bytes, at + 5, to);
        fields.isWhole = true;
        return fields.code >= 0 && fields.code < 256;
      }
      return !isWord(bytes, at, to, CWR) || setFlag(fields, TCP_FLAG.cwr);
    case F:
      if (standsAt(bytes, at, to, FRAG)) return takeFragment(bytes, at + 5, to, fields);
      return !isWord(bytes, at, to, FIN) || setFlag(fields, TCP_FLAG.fin);
    case M:
      if (isWord(bytes, at, to, MF)) fields.isFirstFragment = true;
      return true;
    case A:
      return !isWord(bytes, at, to, ACK) || setFlag(fields, TCP_FLAG.ack);
    case U:
      if (standsAt(bytes, at, to, URGP)) fields.isWhole = true;
      return !isWord(bytes, at, to, URG) || setFlag(fields, TCP_FLAG.urg);
    case R:
      return !isWord(bytes, at, to, RST) || setFlag(fields, TCP_FLAG.rst);
    case E:
      return !isWord(bytes, at, to, ECE) || setFlag(fields, TCP_FLAG.ece);
    case I:
      if (isWord(bytes, at, to, INCOMPLETE)) fields.isCut = fields.isWhole = true;
      return true;
    default:
      return true;
  }
}

function setFlag(fields: Fields, flag: number): true {
  if (fields.protocol === PROTOCOL.tcp) fields.flags |= flag;
  return true;
}

function takeProtocol(bytes: Buffer, from: number, to: number, fields: Fields): boolean {
  fields.protocol = namedProtocol(bytes, from, to);
  if (fields.protocol >= 0) return true;
  fields.protocol = wholeNumber(bytes, from, to);
  fields.isWhole = true;
  return fields.protocol >= 0 && fields.protocol < 256;
}

/** -1: it has no name. */
function namedProtocol(bytes: Buffer, from: number, to: number): number {
  if (isWord(bytes, from, to, TCP)) return PROTOCOL.tcp;
  if (isWord(bytes, from, to, UDP)) return PROTOCOL.udp;
  if (isWord(bytes, from, to, ICMP)) return PROTOCOL.icmp;
  return isWord(bytes, from, to, ICMP6) ? PROTOCOL.icmp6 : -1;
}

/** The first length is the packet's; UDP says its own behind its ports, as its last word. */
function takeLength(bytes: Buffer, from: number, to: number, fields: Fields): boolean {
  const length = wholeNumber(bytes, from, to);
  if (fields.ipLength < 0) fields.ipLength = length;
  else if (fields.protocol === PROTOCOL.udp && fields.port >= 0) fields.isWhole = true;
  return length >= 0;
}

function takeFragment(bytes: Buffer, from: number, to: number, fields: Fields): boolean {
  const offset = wholeNumber(bytes, from, to);
  fields.isLaterFragment ||= offset > 0;
  return offset >= 0;
}

/** Makes a tuple of what was said, or says why it is none. False: that was no packet at all. */
function finish(fields: Fields, record: LogRecord): boolean {
  const { tuple } = record;
  const { protocol, sourceFamily } = fields;
  if (sourceFamily === 0 || sourceFamily !== fields.targetFamily || protocol < 0) return false;
  record.originalLength = Math.max(0, fields.ipLength);
  tuple.protocol = protocol;
  tuple.traits = sourceFamily === 6 ? TRAIT.ipv6 : TRAIT.ipv4;
  if (fields.isLaterFragment) {
    tuple.traits |= TRAIT.laterFragment;
    tuple.refuse('laterFragment');
    return true;
  }
  if (fields.isFirstFragment) tuple.traits |= TRAIT.firstFragment;
  const isIcmp = protocol === (sourceFamily === 6 ? PROTOCOL.icmp6 : PROTOCOL.icmp);
  if (!isIcmp && protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp) {
    tuple.refuse('otherProtocol');
    return true;
  }
  if (fields.isCut || !fields.isWhole) {
    tuple.refuse('cutTransport');
    return true;
  }
  if (isIcmp) return setEcho(tuple, fields.type, fields.code, fields.ipLength);
  if (fields.sourcePort < 0 || fields.port < 0) return false;
  tuple.traits |= TRAIT.complete;
  tuple.sourcePort = fields.sourcePort;
  tuple.port = fields.port;
  tuple.flags = fields.flags;
  return true;
}

const HEADERS = { 4: 28, 6: 48 } as const;
const ECHO_REQUEST = { 4: 8, 6: 128 } as const;

/** ICMP, whose echo requests are known by the bytes of their data: lines tell of no options, so there are none. */
export function setEcho(tuple: Tuple, type: number, code: number, ipLength: number): boolean {
  if (type < 0 || code < 0) return false;
  const family = (tuple.traits & TRAIT.ipv6) === 0 ? 4 : 6;
  const size = ipLength - HEADERS[family];
  const isFragment = (tuple.traits & TRAIT.firstFragment) !== 0;
  const isEcho = type === ECHO_REQUEST[family] && !isFragment && size >= 0;
  tuple.traits |= TRAIT.complete;
  tuple.sourcePort = (type << 8) | code;
  tuple.port = isEcho ? Math.min(size, NO_ECHO) : NO_ECHO;
  return true;
}
