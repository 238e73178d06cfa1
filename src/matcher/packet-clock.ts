/** An era lasts 68 years of packet time: a start and a window (at most as long) add up within 32 bits. */
const ERA_SECONDS = 0x7fff_ffff;

/**
 * The matcher's clock: the latest packet time it has seen, so time that steps back (ring blocks, NTP)
 * stands still here. Whole seconds count from the first packet of an era, which keeps them in 32 bits
 * however far from the epoch a capture lies.
 */
export class PacketClock {
  /** Whole seconds since the epoch. */
  seconds: number = Number.NaN;
  nanoseconds = 0;
  /** Whole seconds since the second in which the era began. */
  elapsed = 0;
  /** `elapsed` and the fraction in 1/1024 s, modulo 2^32 (48 days), signed: for ages in the hot table. */
  tick = 0;
  #origin = Number.NaN;

  /** Takes note of a packet's time. True if a new era began: whatever was under way before is over. */
  see(seconds: number, nanoseconds: number): boolean {
    if (seconds === this.seconds) {
      if (nanoseconds > this.nanoseconds) this.#set(nanoseconds);
      return false;
    }
    const elapsed = seconds - this.#origin;
    if (elapsed < this.elapsed) return false;
    const isNewEra = !(elapsed <= ERA_SECONDS); // so too at the first packet, when there is no origin
    if (isNewEra) this.#origin = seconds;
    this.seconds = seconds;
    this.elapsed = isNewEra ? 0 : elapsed | 0;
    this.#set(nanoseconds);
    return isNewEra;
  }

  #set(nanoseconds: number): void {
    this.nanoseconds = nanoseconds;
    this.tick = ((this.elapsed << 10) + nanoseconds * 1.024e-6) | 0;
  }
}
