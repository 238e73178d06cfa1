import { spawn } from 'node:child_process';
import { isIP } from 'node:net';

/** A ping is sent at once; what is waited for behind it is an answer that may never come. */
const SENT_MS = 50;

/**
 * Sends one echo request of so many bytes by the system's `ping`, which may do that without root's
 * rights. Rejects where there is no such program (`code: 'ENOENT'`).
 */
export function hitPing(address: string, size: number, source: string | undefined): Promise<void> {
  const family = isIP(address) === 6 ? '-6' : '-4';
  const from = source === undefined ? [] : ['-I', source];
  const args = [family, '-n', '-q', '-c', '1', '-W', '1', '-s', String(size), ...from, address];
  return new Promise((done, fail) => {
    const child = spawn('ping', args, { stdio: 'ignore' });
    const timer = setTimeout(done, SENT_MS);
    child.unref();
    child.once('error', fail);
    child.once('exit', () => {
      clearTimeout(timer);
      done();
    });
  });
}
