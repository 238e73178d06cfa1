import type { Address } from '../tuple/address.ts';
import { sourceAt } from '../tuple/batch-address.ts';
import type { Knock } from './knock.ts';
import type { PacketClock } from './packet-clock.ts';
import { ScanCounts } from './scan-counts.ts';

/** So many within such a time. */
export interface Rate {
  readonly count: number;
  readonly seconds: number;
}

export interface ScanOptions {
  /** Different ports that a source touches; undefined: nobody counts them. */
  readonly ports?: Rate;
  /** Attempts of a source that come to nothing. */
  readonly failures?: Rate;
}

/** A source that did too much within a window. */
export interface Scan {
  readonly kind: 'ports' | 'failures';
  readonly source: Address;
  readonly rate: Rate;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Finds who scans: by the ports that packets touch, and by attempts that fail. Packets carry the time. */
export class ScanWatch {
  readonly #options: ScanOptions;
  readonly #clock: PacketClock;
  readonly #ports: ScanCounts | undefined;
  readonly #failures: ScanCounts | undefined;
  #failed = 0;
  #found: Scan[] = [];

  constructor(options: ScanOptions, clock: PacketClock) {
    const counts = (rate: Rate | undefined): ScanCounts | undefined =>
      rate && new ScanCounts(rate.count, rate.seconds * 1000);
    this.#options = options;
    this.#clock = clock;
    this.#ports = counts(options.ports);
    this.#failures = counts(options.failures);
  }

  /** A packet to a port that is watched. */
  touch(knock: Knock): void {
    const { batch, row } = knock;
    const nowMs = batch.seconds[row]! * 1000 + batch.nanoseconds[row]! / 1e6;
    if (this.#ports?.add(knock.key0, knock.key1, knock.port, nowMs) !== true) return;
    const [seconds, nanoseconds] = [batch.seconds[row]!, batch.nanoseconds[row]!];
    this.#tell('ports', this.#options.ports!, knock, seconds, nanoseconds);
  }

  /** An attempt that came to nothing by this packet. */
  fail(knock: Knock): void {
    const { seconds, nanoseconds } = this.#clock;
    const nowMs = seconds * 1000 + nanoseconds / 1e6;
    // Each failure counts by itself, so each has a number of its own.
    this.#failed = (this.#failed + 1) | 0;
    if (this.#failures?.add(knock.key0, knock.key1, this.#failed, nowMs) !== true) return;
    this.#tell('failures', this.#options.failures!, knock, seconds, nanoseconds);
  }

  /** How many were found since they were taken last. */
  get found(): number {
    return this.#found.length;
  }

  /** Who was found since this was asked last. */
  take(): readonly Scan[] {
    if (this.#found.length === 0) return NOBODY;
    const found = this.#found;
    this.#found = [];
    return found;
  }

  #tell(
    kind: Scan['kind'],
    rate: Rate,
    { batch, row }: Knock,
    seconds: number,
    nanoseconds: number,
  ): void {
    // Spoofed sources are without number; more in one batch are found again.
    if (this.#found.length >= MOST_FOUND) return;
    this.#found.push({ kind, source: sourceAt(batch, row), rate, seconds, nanoseconds });
  }
}

const NOBODY: readonly Scan[] = [];
const MOST_FOUND = 64;
