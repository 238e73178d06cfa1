import { createGunzip, type Gunzip } from 'node:zlib';

/**
 * Unpacks gzip. Reading the unpacker as a stream would lose what it holds when a cut or damaged file
 * makes it fail; here all that could be unpacked is delivered first, and then the error thrown.
 */
export async function* gunzipped(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const ready: Uint8Array[] = [];
  const failed = new Promise<never>((_, reject) => gunzip.on('error', reject));
  failed.catch(() => undefined);
  gunzip.on('data', (chunk: Buffer) => ready.push(chunk));
  try {
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        await Promise.race([write(gunzip, chunk.subarray(at, at + SLICE_BYTES)), failed]);
        yield* ready.splice(0);
      }
    }
    await Promise.race([end(gunzip), failed]);
    yield* ready.splice(0);
  } catch (error) {
    yield* ready.splice(0);
    throw error;
  } finally {
    gunzip.destroy();
  }
}

/** Deflate makes at most about a thousand bytes of one: 16 MB of a slice of zeros. */
const SLICE_BYTES = 16 * 1024;

function write(gunzip: Gunzip, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => gunzip.write(bytes, () => resolve()));
}

function end(gunzip: Gunzip): Promise<void> {
  return new Promise((resolve) => {
    gunzip.on('end', resolve);
    gunzip.end();
  });
}
