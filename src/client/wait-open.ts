import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A SYN that was dropped is not answered: after so long another one is sent. */
const ONE_TRY_MS = 500;
const BETWEEN_TRIES_MS = 50;

/** Whether a TCP port at one of these addresses takes a connection within the time. */
export async function isOpenWithin(
  timeoutMs: number,
  addresses: readonly string[],
  port: number,
  source?: string,
): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return false;
    const tryMs = Math.min(leftMs, ONE_TRY_MS);
    const tries = addresses.map((address) => takesConnection(tryMs, address, port, source));
    if ((await Promise.all(tries)).includes(true)) return true;
    await sleep(Math.min(BETWEEN_TRIES_MS, Math.max(0, endMs - performance.now())));
  }
}

function takesConnection(
  timeoutMs: number,
  host: string,
  port: number,
  source: string | undefined,
): Promise<boolean> {
  return new Promise((answer) => {
    const from = source === undefined ? {} : { localAddress: source };
    const socket = connect({ host, port, ...from });
    const end = (isOpen: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      answer(isOpen);
    };
    const timer = setTimeout(end, timeoutMs, false);
    socket.once('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}
