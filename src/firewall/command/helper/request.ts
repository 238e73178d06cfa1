import type { Hook } from '../../../door/hooks.ts';
import type { Address } from '../../../tuple/address.ts';

/**
 * What the daemon may ask of the helper that runs commands as root. There is no text in it: who has got
 * hold of the daemon can name a door and an address, and no more.
 *
 *   byte  0      1        2        3            4           8             16
 *         kind   family   prefix   generation   door: u32   waitMs: f64   address: 4 x u32
 *         start                                             digest, 24 bytes
 */
export type Request =
  /** Read the configuration, whose commands have this digest; from here on `generation` means it. */
  | { readonly kind: 'start'; readonly generation: number; readonly digest: Uint8Array }
  | ({ readonly kind: 'run' | 'begin' | 'renew' | 'stop' } & Opened)
  /** Say when the commands of one opening have run. */
  | { readonly kind: 'await' }
  | { readonly kind: Hook };

/** An opening of a door, by its place in the configuration. */
export interface Opened {
  /** Which reading of the configuration the place is one in, modulo 256. */
  readonly generation: number;
  readonly door: number;
  readonly source: Address;
  /** How much of the source the grant goes by. */
  readonly prefix: number;
  /** Until the grant ends. */
  readonly waitMs: number;
}

export const REQUEST_BYTES = 32;
export const DIGEST_BYTES = 24;

const KINDS = ['start', 'run', 'begin', 'renew', 'stop', 'await', 'up', 'down'] as const;
/** No grant lasts longer than seven days. */
const LONGEST_WAIT_MS = 7 * 86_400_000;

export function encodeRequest(request: Request): Uint8Array {
  const bytes = new Uint8Array(REQUEST_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = KINDS.indexOf(request.kind);
  if (request.kind === 'start') {
    bytes[3] = request.generation;
    bytes.set(request.digest, REQUEST_BYTES - DIGEST_BYTES);
  } else if ('source' in request) {
    bytes[1] = request.source.family;
    bytes[2] = request.prefix;
    bytes[3] = request.generation;
    view.setUint32(4, request.door);
    view.setFloat64(8, Math.min(Math.max(0, request.waitMs), LONGEST_WAIT_MS));
    for (const [at, word] of request.source.words.entries()) view.setUint32(16 + 4 * at, word);
  }
  return bytes;
}

/** Undefined for what no daemon of ours ever sends. */
export function decodeRequest(bytes: Uint8Array): Request | undefined {
  const kind = KINDS[bytes[0]!];
  switch (kind) {
    case undefined:
      return undefined;
    case 'start':
      return { kind, generation: bytes[3]!, digest: bytes.subarray(REQUEST_BYTES - DIGEST_BYTES) };
    case 'await':
    case 'up':
    case 'down':
      return { kind };
    default: {
      const opened = decodeOpened(bytes);
      return opened && { kind, ...opened };
    }
  }
}

function decodeOpened(bytes: Uint8Array): Opened | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [, family, prefix, generation] = bytes as unknown as [number, number, number, number];
  const waitMs = view.getFloat64(8);
  const words = [0, 1, 2, 3].map((at) => view.getUint32(16 + 4 * at)) as Mutable<Address['words']>;
  const isFour = family === 4 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  if (!isFour && family !== 6) return undefined;
  if (prefix > (family === 4 ? 32 : 128)) return undefined;
  if (!(waitMs >= 0 && waitMs <= LONGEST_WAIT_MS)) return undefined;
  const source: Address = { family, words };
  return { generation, door: view.getUint32(4), source, prefix, waitMs };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
