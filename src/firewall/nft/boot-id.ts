import { readFileSync } from 'node:fs';

/** The number that the kernel gave this boot, 16 bytes: deadlines of another boot mean nothing. */
export function bootId(): Uint8Array {
  const text = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  return Uint8Array.from(Buffer.from(text.replaceAll('-', '').trim(), 'hex'));
}
