import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeDecoder, type CaptureDecoder } from '../../../src/source/capture-decoder.ts';
import { CaptureError } from '../../../src/source/capture-error.ts';
import { FallbackDecoder } from '../../../src/source/fallback/decoder.ts';
import { openCapture } from '../../../src/source/pcap.ts';
import { allocateBatch } from '../../../src/tuple/batch.ts';
import { pcap, PcapngWriter } from '../../support/capture.ts';
import { concat, frame } from '../../support/frame.ts';
import { interestIn } from '../../support/interest.ts';
import { readCapture } from '../../support/read-capture.ts';

const SYN = frame({ tcp: { to: 7000, syn: true } });
const writer = new PcapngWriter();
const PCAP = pcap(Array.from({ length: 300 }, (_, at) => ({ bytes: SYN, seconds: at })));
const PCAPNG = concat(
  writer.section(),
  writer.interface(),
  ...Array.from({ length: 300 }, (_, at) => writer.packet(SYN, BigInt(at))),
);

/** Reads a capture again and again until its standard input ends, and says how each time ended. */
const READ_ON = `
  import { openCapture } from ${JSON.stringify(resolve(import.meta.dirname, '../../../dist/source/pcap.js'))};
  let isOver = false;
  process.stdin.on('end', () => (isOver = true)).resume();
  while (!isOver) {
    let outcome = 'whole';
    const source = await openCapture(process.argv[1], { everyPacket: true });
    try {
      for await (const batch of source);
    } catch (error) {
      outcome = error.code;
    }
    await source.close();
    console.log(outcome);
    await new Promise(setImmediate);
  }`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-input-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function save(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

describe('the input of a capture', () => {
  it.each([
    ['pcap', PCAP],
    ['pcapng', PCAPNG],
  ])('may be packed, whatever its name: %s', async (name, file) => {
    const path = save(name, gzipSync(file));
    for (const decoder of ['native', 'typescript'] as const) {
      const { rows, error } = await readCapture(path, { decoder });
      expect([rows.length, error]).toEqual([300, undefined]);
    }
  });

  it('delivers all that could be unpacked of a cut gzip file, and then says so', async () => {
    const packed = gzipSync(PCAP);
    const { rows, error } = await readCapture(
      save('cut.gz', packed.subarray(0, packed.length - 20)),
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(error).toMatchObject({ code: 'CAPTURE_TRUNCATED' });
  });

  it('delivers what comes before damage in a gzip file', async () => {
    const parts = [0, 1, 2, 3].map((at) => PCAP.slice(at * 5000, (at + 1) * 5000));
    const packed = concat(...parts.map((part) => gzipSync(part)));
    packed[packed.length - 10]! ^= 0xff;
    const { rows, error } = await readCapture(save('damaged.gz', packed));
    expect(rows.length).toBeGreaterThan(200);
    expect(error).toMatchObject({ code: 'CAPTURE_CORRUPT' });
  });

  it('may be a pipe, whose bytes come as they please', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const file = save('piped', PCAP);
    const feeder = spawn('sh', [
      '-c',
      `head -c 30 ${file} > ${pipe}.a; (cat ${pipe}.a; sleep 0.05; tail -c +31 ${file}) > ${pipe}`,
    ]);
    const closed = new Promise((resolve) => feeder.once('close', resolve));
    const { rows, error } = await readCapture(pipe);
    await closed;
    expect([rows.length, error]).toEqual([300, undefined]);
  });

  it.each([
    ['plain', PCAP],
    ['packed', gzipSync(PCAP)],
  ])('may be standard input, %s', (_, input) => {
    const program = `
      import { openCapture } from ${JSON.stringify(new URL('../../../dist/source/pcap.js', import.meta.url))};
      let rows = 0;
      for await (const batch of await openCapture('-', { everyPacket: true })) rows += batch.length;
      console.log(rows);`;
    const args = ['--input-type=module', '-e', program];
    expect(execFileSync(process.execPath, args, { input, encoding: 'utf8' }).trim()).toBe('300');
  });

  it('stops waiting for a silent pipe when aborted', async () => {
    const pipe = join(folder, 'silent');
    execFileSync('mkfifo', [pipe]);
    const feeder = spawn('sh', ['-c', `exec sleep 60 > ${pipe}`]);
    const abort = new AbortController();
    await using source = await openCapture(pipe, { signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    for await (const batch of source) expect.unreachable(`a batch of ${batch.length}`);
    feeder.kill();
  });

  it('is opened or refused with a cause and a name', async () => {
    mkdirSync(join(folder, 'sub'));
    const locked = save('locked', PCAP);
    chmodSync(locked, 0);
    const refusal = async (path: string): Promise<CaptureError> =>
      openCapture(path).then(
        () => expect.unreachable(),
        (error: CaptureError) => error,
      );
    expect(await refusal(join(folder, 'missing'))).toMatchObject({
      code: 'CAPTURE_NOT_READABLE',
      input: join(folder, 'missing'),
    });
    expect((await refusal(join(folder, 'missing'))).message).toContain('no such file');
    expect((await refusal(join(folder, 'sub'))).message).toContain('it is a folder');
    if (process.getuid!() !== 0) expect((await refusal(locked)).message).toContain('no permission');
    expect(await refusal(join(folder, 'missing'))).toBeInstanceOf(CaptureError);
  });

  it('may become shorter while it is read: an error, not a crash', async () => {
    const path = save('shrinking', PCAP);
    await using source = await openCapture(path, { everyPacket: true, capacity: 10 });
    let rows = 0;
    const reading = async (): Promise<void> => {
      for await (const batch of source) {
        rows += batch.length;
        if (rows === 20) truncateSync(path, 100);
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'CAPTURE_TRUNCATED', offset: 100 });
    expect(rows).toBe(20);
  });

  it('may be cut short and written anew at any moment, in the middle of a drain too', async () => {
    const path = save('torn', PCAP);
    const whole = concat(PCAP, ...Array.from({ length: 300 }, () => PCAP.slice(24)));
    const reader = spawn(process.execPath, ['--input-type=module', '-e', READ_ON, path]);
    let told = '';
    reader.stdout.on('data', (text: Buffer) => (told += text.toString()));
    const ended = once(reader, 'close');
    for (let time = 0; time < 200; time++) {
      writeFileSync(path, whole);
      await new Promise(setImmediate);
      truncateSync(path, (time * 7919) % whole.length);
      await new Promise(setImmediate);
    }
    reader.stdin.end();
    expect(await ended).toEqual([0, null]);
    const outcomes = new Set(told.trim().split('\n'));
    expect(outcomes.size).toBeGreaterThan(1);
    expect(outcomes).toContain('CAPTURE_TRUNCATED');
  });

  it('says the same while somebody has it open for writing', async () => {
    const path = save('written', PCAP);
    const expected = await readCapture(PCAP, { everyPacket: true });
    const writing = openSync(path, 'r+');
    try {
      const rows: number[] = [];
      await using source = await openCapture(path, { everyPacket: true, capacity: 7 });
      for await (const { length, seconds } of source) rows.push(...seconds.subarray(0, length));
      expect(rows).toEqual(expected.rows.map((row) => row['seconds']));
      expect(source.counters().bytes).toBe(expected.counters.bytes);
    } finally {
      closeSync(writing);
    }
  });

  it('may be opened for writing between two drains, and read on', async () => {
    const path = save('taken', PCAP);
    await using source = await openCapture(path, { everyPacket: true, capacity: 10 });
    let [rows, writing] = [0, -1];
    for await (const batch of source) {
      rows += batch.length;
      if (rows === 20) writing = openSync(path, 'r+');
      if (rows === 100) closeSync(writing);
    }
    expect(rows).toBe(300);
  });

  it('tells how far it has been read', async () => {
    await using source = await openCapture(save('position', PCAP), {
      everyPacket: true,
      capacity: 100,
    });
    const positions: number[] = [];
    for await (const batch of source) positions.push(source.position + batch.length * 0);
    expect(source.fileBytes).toBe(PCAP.length);
    expect(positions).toEqual([1, 2, 3].map((third) => 24 + ((PCAP.length - 24) * third) / 3));
    await source.close();
    expect(source.position).toBe(PCAP.length);
  });
});

describe('a capture that is fed', () => {
  const options = () => ({
    batch: allocateBatch(64),
    interest: interestIn(),
    sourceKey: new Uint8Array(16),
    everyPacket: true,
  });

  const feedAll = (decoder: CaptureDecoder, file: Uint8Array, size: number): number => {
    let rows = 0;
    let at = 0;
    for (;;) {
      rows += decoder.drain();
      if (decoder.state === 'ended') return rows;
      if (decoder.state === 'failed') throw new Error(decoder.failure!.reason);
      if (decoder.state !== 'hungry') continue;
      if (at >= file.length) decoder.end();
      else decoder.feed(file.subarray(at, at + size));
      at += size;
    }
  };

  it.each([1, 2, 3, 7, 16, 24, 70, 1000, 100_000])('may be cut into pieces of %i bytes', (size) => {
    for (const file of [PCAP.slice(0, 5000), PCAPNG.slice(0, 6000)]) {
      const whole = file === undefined ? 0 : feedAllOrFail(nativeDecoder(options()), file);
      const pieces = feedAllOrFail(nativeDecoder(options()), file, size);
      expect(pieces).toEqual(whole);
      expect(feedAllOrFail(new FallbackDecoder(options()), file, size)).toEqual(whole);
    }
  });

  function feedAllOrFail(decoder: CaptureDecoder, file: Uint8Array, size = file.length): unknown {
    try {
      return feedAll(decoder, file, size);
    } catch {
      return decoder.failure && { ...decoder.failure };
    }
  }
});

describe('the payload arena', () => {
  it('holds the payload of each row, for doors that read it', async () => {
    const frames = ['open', '', 'x'.repeat(2048), 'y'.repeat(2049)].map((payload) => ({
      bytes: frame({ udp: { to: 7000 }, payload }),
    }));
    for (const decoder of ['native', 'typescript'] as const) {
      await using source = await openCapture(save('payloads', pcap(frames)), {
        interest: interestIn({ udp: [7000] }),
        arenaBytes: 4096,
        decoder,
      });
      const payloads: (string | undefined)[] = [];
      for await (const { length, payloadOffset, payloadLength, arena } of source) {
        for (let row = 0; row < length; row++) {
          const at = payloadOffset[row]!;
          payloads.push(
            at === 0xffff_ffff
              ? undefined
              : Buffer.from(arena.subarray(at, at + payloadLength[row]!)).toString(),
          );
        }
      }
      expect(payloads).toEqual(['open', '', 'x'.repeat(2048), undefined]);
    }
  });
});
