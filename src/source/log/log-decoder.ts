import type { Interest } from '../../matcher/interest.ts';
import type { Address } from '../../tuple/address.ts';
import type { CaptureDecoder, DecoderOptions } from '../capture-decoder.ts';
import { Intake } from '../fallback/intake.ts';
import { JournalExport, type ExportStep } from './journal-export.ts';
import { JsonRecord } from './json-record.ts';
import type { LineCounters } from '../source.ts';
import { LineBuffer } from './line-buffer.ts';
import { LogClock, type LiveTime } from './log-clock.ts';
import { LogRecord, type LineEnd } from './log-record.ts';
import { MessageReader } from './message.ts';
import { fillFromPattern } from './pattern-record.ts';
import type { PatternAnswer, PatternGroups } from './patterns.ts';
import { wordEnd } from './scan.ts';
import { pastKernelTag, pastPriority, SyslogTime } from './syslog-time.ts';

/** Which lines are believed, and what they begin with. */
export interface LogRules {
  /** What rules of ours write in front of a packet; an empty one: nothing. */
  readonly prefixes: readonly string[];
  /** Whether each line is believed, since nobody but the firewall's logger writes the file. */
  readonly trusts: boolean;
  /** Expressions for messages that are in none of the known forms. Default none. */
  readonly patterns?: readonly string[];
}

/** A message that users' expressions may know. */
export interface UnknownMessage {
  readonly text: string;
  readonly seconds: number;
  readonly nanoseconds: number;
}

export interface LogDecoderOptions extends DecoderOptions {
  readonly rules: LogRules;
  /** Undefined: a recording. */
  readonly live: LiveTime | undefined;
  /** When the recording ends, in milliseconds: it tells the year of stamps that have none. */
  readonly endMs: number;
  /** Whom packets are for whose messages don't say it. */
  readonly targets?: () => readonly Address[];
}

const LINES_PER_DRAIN = 4096;
const [BRACE, BRACKET] = [123, 91];

/** Turns the lines of a firewall's log into rows, whatever of its forms they have, line by line. */
export class LogDecoder implements CaptureDecoder {
  state: CaptureDecoder['state'] = 'ready';
  readonly failure = undefined;
  readonly interfaces: readonly string[];
  readonly #intake: Intake;
  readonly #trusts: boolean;
  readonly #lines = new LineBuffer();
  readonly #record = new LogRecord();
  readonly #messages: MessageReader;
  readonly #export: JournalExport;
  readonly #json: JsonRecord;
  readonly #time: SyslogTime;
  readonly #clock: LogClock;
  readonly #ends: Record<LineEnd, number> = {
    matched: 0,
    notKernel: 0,
    otherPrefix: 0,
    garbled: 0,
    tooSlow: 0,
  };
  readonly #targets: () => readonly Address[];
  #unknown: UnknownMessage[] = [];
  readonly #answered: { readonly message: UnknownMessage; readonly groups: PatternGroups }[] = [];
  #isEnded = false;

  constructor(name: string, options: LogDecoderOptions) {
    const { rules, live, endMs } = options;
    this.interfaces = [name];
    this.#intake = new Intake(options);
    this.#trusts = rules.trusts;
    this.#messages = new MessageReader(rules.prefixes, (rules.patterns ?? []).length > 0);
    this.#targets = options.targets ?? (() => []);
    this.#export = new JournalExport(this.#messages);
    this.#json = new JsonRecord(this.#messages, rules.trusts);
    this.#time = new SyslogTime(live === undefined ? () => endMs : () => live.nowUs() / 1000);
    this.#clock = new LogClock(live);
  }

  get position(): number {
    return this.#lines.position;
  }

  drain(): number {
    this.#intake.begin();
    this.state = 'ready';
    while (this.#answered.length > 0 && this.#intake.hasRoom()) this.#takeAnswer();
    for (let count = 0; count < LINES_PER_DRAIN && this.#intake.hasRoom(); count++) {
      if (!this.#lines.next()) {
        this.state = this.#isEnded ? 'ended' : 'hungry';
        break;
      }
      this.#take(this.#lines.bytes, this.#lines.from, this.#lines.to);
    }
    return this.#intake.rows;
  }

  feed(chunk: Uint8Array): void {
    this.#clock.arrive();
    this.#lines.feed(chunk);
  }

  end(): void {
    this.#lines.end();
    this.#isEnded = true;
  }

  /** Another file begins: what was begun of the last one has no end. */
  beginFile(): void {
    this.#lines.clear();
    this.#export.clear();
  }

  lineCounters(): LineCounters {
    const ends = this.#ends;
    const { tooLong } = this.#lines;
    const lines = Object.values(ends).reduce((sum, count) => sum + count, tooLong);
    return { lines, tooLong, ...ends };
  }

  /** Messages for users' expressions; each must be answered. */
  takeUnknown(): readonly UnknownMessage[] {
    const unknown = this.#unknown;
    if (unknown.length > 0) this.#unknown = [];
    return unknown;
  }

  /** What they made of them, in the same order. */
  answer(messages: readonly UnknownMessage[], answers: readonly PatternAnswer[]): void {
    for (const [at, message] of messages.entries()) {
      const groups = answers[at];
      if (groups === undefined) this.#ends.otherPrefix++;
      else if (groups === 'tooSlow') this.#ends.tooSlow++;
      else this.#answered.push({ message, groups });
    }
  }

  counters(into: Float64Array): void {
    this.#intake.counters(into);
  }

  setInterest(interest: Interest): void {
    this.#intake.interest = interest;
  }

  close(): void {
    this.#lines.clear();
  }

  #take(bytes: Buffer, from: number, to: number): void {
    this.#record.clear();
    const end = this.#read(bytes, from, to);
    if (end === 'binary') this.#lines.skipField();
    if (end === 'binary' || end === 'more' || end === undefined) return;
    const { text } = this.#messages;
    if (end === 'otherPrefix' && text !== undefined) return this.#ask(text);
    this.#ends[end]++;
    if (end !== 'matched') return;
    this.#clock.stamp(this.#record);
    this.#intake.put(this.#record, this.#record.tuple);
  }

  #ask(text: string): void {
    this.#messages.text = undefined;
    this.#clock.stamp(this.#record);
    const { seconds, nanoseconds } = this.#record;
    this.#unknown.push({ text, seconds, nanoseconds });
  }

  #takeAnswer(): void {
    const { message, groups } = this.#answered.shift()!;
    const record = this.#record;
    record.clear();
    const isPacket = fillFromPattern(groups, this.#targets(), record);
    this.#ends[isPacket ? 'matched' : 'garbled']++;
    if (!isPacket) return;
    record.seconds = message.seconds;
    record.nanoseconds = message.nanoseconds;
    this.#intake.put(record, record.tuple);
  }

  /** Undefined: an empty line. */
  #read(bytes: Buffer, from: number, to: number): ExportStep | undefined {
    if (this.#export.isOpen || JournalExport.begins(bytes, from, to)) {
      return this.#export.take(bytes, from, to, this.#record);
    }
    if (from === to) return undefined;
    if (bytes[from] === BRACE) return this.#json.read(bytes, from, to, this.#record);
    return this.#readSyslog(bytes, from, to);
  }

  /** `Nov  5 09:08:07 host kernel: [12.345678] postern: IN=...`, or as `dmesg` prints it, `[12.345678] postern: IN=...` */
  #readSyslog(bytes: Buffer, from: number, to: number): LineEnd {
    const start = pastPriority(bytes, from, to);
    const host = this.#time.read(bytes, start, to);
    if (host < 0) {
      const isMessage = bytes[start] === BRACKET || this.#trusts;
      return isMessage ? this.#messages.read(bytes, start, to, this.#record) : 'notKernel';
    }
    this.#record.wallUs = this.#time.us;
    const tag = wordEnd(bytes, host, to) + 1;
    const message = pastKernelTag(bytes, tag, to);
    if (message < 0 && !this.#trusts) return 'notKernel';
    return this.#messages.read(bytes, message < 0 ? tag : message, to, this.#record);
  }
}
