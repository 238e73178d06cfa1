import { Buffer } from 'buffer';

/* Stands in the page for what is wanted of `node:crypto` besides the primitives. */

export function randomBytes(length: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(length)));
}
