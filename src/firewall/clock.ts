/** performance.now() counts on the same clock, but from the start of the process. */
const START_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/**
 * The live firewall's clock in milliseconds: CLOCK_MONOTONIC, the same for all processes of a boot, so
 * that deadlines written into the kernel's sets still mean something to the next daemon.
 */
export function monotonicMs(): number {
  return START_MS + performance.now();
}
