import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll } from 'vitest';
import { memorySource } from '../../src/source/memory.ts';
import { openCapture } from '../../src/source/pcap.ts';
import { parseAddress } from '../../src/tuple/address.ts';
import { pcap, PcapngWriter } from '../support/capture.ts';
import { followLog } from '../../src/source/log/follow-log.ts';
import { openLog } from '../../src/source/log/log-file.ts';
import { kernelLine } from '../support/log-line.ts';
import { concat } from '../support/frame.ts';
import { knockFrame, targetFor } from '../support/knock-frame.ts';
import { sourceContract, type Knock, type SourceAdapter } from './source.contract.ts';

let folder = '';
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-source-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

sourceContract('pcap, read by the addon', capture(asPcap, 'native'));
sourceContract('pcap, read by TypeScript', capture(asPcap, 'typescript'));
sourceContract('pcapng, read by the addon', capture(asPcapng, 'native'));
sourceContract('pcapng, read by TypeScript', capture(asPcapng, 'typescript'));
sourceContract(
  'packed pcap, read by the addon',
  capture((knocks) => gzipSync(asPcap(knocks)), 'native'),
);
sourceContract('a log', {
  isRecorded: true,
  open: async (knocks, options) => {
    const path = join(folder, String(files++));
    writeFileSync(path, knocks.map(kernelLine).join(''));
    return openLog(path, options);
  },
});
sourceContract('a log that is followed', {
  isRecorded: false,
  skip: [
    { reason: 'no packet is later than its line', tests: ['loses nothing of the time'] },
    { reason: 'a log has no last line', tests: ['ends behind the last packet'] },
    {
      reason: 'it waits for lines, and the loop turns meanwhile',
      tests: ['lets the event loop turn while it works through much'],
    },
  ],
  open: async (knocks, options) => {
    const path = join(folder, String(files++));
    writeFileSync(path, '');
    const source = await followLog(path, options);
    appendFileSync(path, knocks.map(kernelLine).join(''));
    return source;
  },
});
sourceContract('memory', {
  isRecorded: true,
  open: async (knocks, options) =>
    memorySource(
      knocks.map(({ from, port, flags, seconds, nanoseconds }) => ({
        source: parseAddress(from)!,
        target: parseAddress(targetFor(from))!,
        protocol: flags === undefined ? ('udp' as const) : ('tcp' as const),
        port,
        flags: flags ?? 0,
        seconds,
        nanoseconds,
      })),
      options,
    ),
});

function capture(
  write: (knocks: readonly Knock[]) => Uint8Array,
  decoder: 'native' | 'typescript',
): SourceAdapter {
  return {
    isRecorded: true,
    open: async (knocks, options) => {
      const path = join(folder, String(files++));
      writeFileSync(path, write(knocks));
      return openCapture(path, { ...options, decoder });
    },
  };
}

function asPcap(knocks: readonly Knock[]): Uint8Array {
  return pcap(knocks.map((knock) => ({ ...knock, bytes: knockFrame(knock) })));
}

function asPcapng(knocks: readonly Knock[]): Uint8Array {
  const writer = new PcapngWriter();
  const packets = knocks.map((knock) => {
    const ticks = BigInt(knock.seconds) * 1_000_000_000n + BigInt(knock.nanoseconds);
    return writer.packet(knockFrame(knock), ticks);
  });
  return concat(writer.section(), writer.interface(1, { resolution: 9, name: 'eth0' }), ...packets);
}
