import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a claim to come true; throws if it does not in time. What throws is not true yet. */
export async function until(
  claim: () => boolean | Promise<boolean>,
  timeoutMs = 5000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    let problem: unknown;
    try {
      if (await claim()) return;
    } catch (error) {
      problem = error;
    }
    if (performance.now() > deadlineMs) {
      throw new Error(`not within ${timeoutMs} ms: ${claim.toString()}`, { cause: problem });
    }
    await sleep(20);
  }
}
