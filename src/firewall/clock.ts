/**
 * The live firewall's clock in milliseconds: CLOCK_MONOTONIC, the same for all processes of a boot, so
 * that deadlines written into the kernel's sets still mean something to the next daemon.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
