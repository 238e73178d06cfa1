import type { Interest } from '../../matcher/interest.ts';
import type { CaptureDecoder, DecoderOptions, DecodingFailure } from '../capture-decoder.ts';
import { Intake } from './intake.ts';
import { PcapReader } from './pcap-reader.ts';
import { PcapngReader } from './pcapng-reader.ts';
import { Unreadable, type RecordReader, type Window } from './record-reader.ts';

/**
 * The addon's capture decoder over again, in TypeScript: what a machine without a compiler replays with,
 * and what the tests hold against the addon. It is written to be plain, not fast.
 */
export class FallbackDecoder implements CaptureDecoder {
  state: CaptureDecoder['state'] = 'ready';
  failure: DecodingFailure | undefined;
  position = 0;
  readonly #intake: Intake;
  #reader: RecordReader | undefined;
  #bytes = new Uint8Array();
  #at = 0;
  #isEnded = false;

  constructor(options: DecoderOptions) {
    this.#intake = new Intake(options);
  }

  get interfaces(): readonly string[] {
    return this.#reader?.interfaces ?? [];
  }

  drain(): number {
    this.#intake.begin();
    if (this.state === 'failed') return 0;
    this.state = 'ready';
    try {
      for (let count = 0; count < RECORDS_PER_DRAIN && this.#intake.hasRoom(); count++) {
        if (!this.#takeRecord()) {
          this.state = this.#isEnded ? 'ended' : 'hungry';
          break;
        }
      }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.state = 'failed';
      this.failure = error;
    }
    return this.#intake.rows;
  }

  feed(chunk: Uint8Array): void {
    const rest = this.#bytes.subarray(this.#at);
    this.#bytes = new Uint8Array(rest.length + chunk.length);
    this.#bytes.set(rest);
    this.#bytes.set(chunk, rest.length);
    this.#at = 0;
  }

  end(): void {
    this.#isEnded = true;
  }

  counters(into: Float64Array): void {
    this.#intake.counters(into);
  }

  setInterest(interest: Interest): void {
    this.#intake.interest = interest;
  }

  close(): void {
    this.#bytes = new Uint8Array();
    this.#at = 0;
    this.state = 'ended';
    this.#isEnded = true;
  }

  /** False if there is no whole record yet, or no more. */
  #takeRecord(): boolean {
    const bytes = new DataView(this.#bytes.buffer, this.#at);
    const window: Window = { bytes, offset: this.position, isLast: this.#isEnded };
    this.#reader ??= readerFor(window);
    const record = this.#reader?.next(window);
    if (record === undefined) return false;
    this.#at += record.used;
    this.position += record.used;
    if (record.frame !== undefined) this.#intake.take(record.frame);
    return true;
  }
}

/** Some milliseconds of work. */
const RECORDS_PER_DRAIN = 4096;

function readerFor({ bytes, offset, isLast }: Window): RecordReader | undefined {
  if (bytes.byteLength < 4) {
    if (!isLast) return undefined;
    throw new Unreadable('CAPTURE_NOT_A_CAPTURE', offset, 'too short for a capture');
  }
  const magic = bytes.getUint32(0);
  if (magic === PcapngReader.MAGIC) return new PcapngReader();
  if (PcapReader.knows(magic)) return new PcapReader();
  throw new Unreadable('CAPTURE_NOT_A_CAPTURE', offset, 'neither pcap nor pcapng');
}
