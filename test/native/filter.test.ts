import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Interest } from '../../src/matcher/interest.ts';
import { Intake } from '../../src/source/fallback/intake.ts';
import { allocateBatch } from '../../src/tuple/batch.ts';
import { arbitraryFrame, arbitraryPort } from '../support/arbitrary-frame.ts';
import {
  compileFilter,
  parseProgram,
  runFilter,
  type LinkFamily,
  type Program,
} from '../support/bpf.ts';
import { pcap } from '../support/capture.ts';
import { frame } from '../support/frame.ts';
import { interestIn, SYN } from '../support/interest.ts';

const LINK_TYPE = { ethernet: 1, ip: 101 } as const;
const FAMILIES = ['ethernet', 'ip'] as const;

const arbitraryInterest: fc.Arbitrary<Interest> = fc
  .record({
    tcp: fc.array(arbitraryPort, { maxLength: 40 }),
    udp: fc.array(arbitraryPort, { maxLength: 40 }),
    icmp: fc.boolean(),
    icmp6: fc.boolean(),
    tcpFlags: fc.constantFrom(SYN, { mask: 0, value: 0 }, { mask: 2, value: 2 }),
  })
  .map((wanted) => interestIn(wanted));

/** Whether parser and interest make a row of it. */
function isWanted(
  bytes: Uint8Array,
  family: LinkFamily,
  interest: Interest,
  length = bytes.length,
): boolean {
  const batch = allocateBatch(1);
  const intake = new Intake({ batch, interest, sourceKey: new Uint8Array(16), everyPacket: false });
  intake.take({
    bytes: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    originalLength: length,
    linkType: LINK_TYPE[family],
    interface: 0,
    seconds: 0,
    nanoseconds: 0,
  });
  return intake.rows === 1;
}

/** The law: what the parser and the interest accept, the filter lets through, and long enough. */
function law(family: LinkFamily, compile: (interest: Interest) => Program): fc.IProperty<unknown> {
  return fc.property(
    arbitraryInterest,
    fc.array(arbitraryFrame(family), { maxLength: 20 }),
    (interest, frames) => {
      const program = compile(interest);
      for (const bytes of frames) {
        if (!isWanted(bytes, family, interest)) continue;
        const kept = runFilter(program, bytes);
        if (kept === 0) return false;
        if (!isWanted(bytes.slice(0, kept), family, interest, bytes.length)) return false;
      }
      return true;
    },
  );
}

describe('the kernel filter', () => {
  it.each(FAMILIES)('never rejects what the port bitmap accepts (%s)', (family) => {
    fc.assert(
      law(family, (interest) => compileFilter(interest, family)),
      { numRuns: 2000 },
    );
  });

  it.each(FAMILIES)('never does when it is made coarser either (%s)', (family) => {
    fc.assert(
      law(family, (interest) => compileFilter(interest, family, 160)),
      { numRuns: 1000 },
    );
  });

  it.each([
    [
      'takes SYN for another flag',
      (one) => (one.code === BPF_JEQ && one.k === 2 ? { ...one, k: 4 } : one),
    ],
    [
      'asks for the wrong port',
      (one) => (one.code === BPF_JEQ && one.k === 7001 ? { ...one, k: 7002 } : one),
    ],
    ['reads the port two bytes off', (one) => (one.code === 0x48 ? { ...one, k: one.k + 2 } : one)],
    ['knows no service tags', (one) => (one.k === 0x88a8 ? { ...one, k: 0x88a9 } : one)],
    [
      'rejects extension headers',
      (one) => (one.code === RET && one.k === 0x40000 ? { ...one, k: 0 } : one),
    ],
    [
      'cuts packets too short',
      (one) => (one.code === RET && one.k === 128 ? { ...one, k: 30 } : one),
    ],
  ] as const satisfies readonly (readonly [string, (one: Program[number]) => Program[number]])[])(
    'fails the law when it %s',
    (_, damage) => {
      const broken = (interest: Interest): Program =>
        compileFilter(interest, 'ethernet').map(damage);
      expect(fc.check(law('ethernet', broken), { numRuns: 20_000 }).failed).toBe(true);
    },
  );

  it('rejects nearly all that nobody wants', () => {
    const program = compileFilter(
      interestIn({ tcp: [7000], udp: [53], tcpFlags: SYN }),
      'ethernet',
    );
    const kept = [
      frame({ tcp: { to: 7000, ack: true } }),
      frame({ tcp: { to: 7001, syn: true } }),
      frame({ udp: { to: 7000 } }),
      frame({ icmp: {} }),
      frame({ ethertype: 0x0806 }),
      frame({ to: '2001:db8::1', tcp: { to: 7001, syn: true } }),
      frame({ vlans: [5], tcp: { to: 7001, syn: true } }),
      frame({ tcp: { to: 7000, syn: true }, ip: { fragmentOffset: 1 } }),
    ].map((bytes) => runFilter(program, bytes));
    expect(kept).toEqual(kept.map(() => 0));
  });

  it('rejects everything where nobody wants anything', () => {
    expect(compileFilter(interestIn(), 'ethernet')).toEqual([{ code: RET, jt: 0, jf: 0, k: 0 }]);
  });

  it('stays within the limit, and so lets more through', () => {
    const odd = interestIn({
      tcp: Array.from({ length: 32768 }, (_, at) => at * 2 + 1),
      udp: [53],
    });
    for (const limit of [4096, 1000, 200]) {
      const program = compileFilter(odd, 'ethernet', limit);
      expect(program.length).toBeLessThanOrEqual(limit);
      expect(runFilter(program, frame({ tcp: { to: 4097 } }))).toBe(128);
      expect(runFilter(program, frame({ udp: { to: 53 } }))).toBe(128);
      expect(runFilter(program, frame({ udp: { to: 54 } }))).toBe(0);
    }
  });

  it('searches many ports in a logarithm of steps', () => {
    const program = compileFilter(
      interestIn({ tcp: Array.from({ length: 512 }, (_, at) => at * 100) }),
      'ethernet',
    );
    expect(program.length).toBeLessThan(2200);
    for (let port = 0; port < 51300; port += 7) {
      expect(runFilter(program, frame({ tcp: { to: port } })) > 0).toBe(
        port % 100 === 0 && port < 51200,
      );
    }
  });
});

const BPF_JEQ = 0x15;
const RET = 0x06;
const HAS_TCPDUMP = spawnSync('tcpdump', ['--version'], { stdio: 'ignore' }).status === 0;

describe.skipIf(!HAS_TCPDUMP)(
  `the kernel filter beside tcpdump${HAS_TCPDUMP ? '' : ' (skipped: tcpdump is not installed)'}`,
  () => {
    let folder = '';
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'postern-bpf-'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    /** `plain` frames only: tcpdump's expressions look neither behind extension headers nor into tags. */
    const sample = (family: LinkFamily, keep: (bytes: Uint8Array) => boolean): Uint8Array[] =>
      fc.sample(arbitraryFrame(family), { numRuns: 6000, seed: 7 }).filter(keep);
    const save = (frames: readonly Uint8Array[], family: LinkFamily): string => {
      const path = join(folder, `${family}.pcap`);
      const linkType = LINK_TYPE[family];
      writeFileSync(
        path,
        pcap(
          frames.map((bytes, at) => ({ bytes, seconds: at })),
          { linkType },
        ),
      );
      return path;
    };
    const program = (file: string, expression: string): Program =>
      parseProgram(
        execFileSync('tcpdump', ['-ddd', '-r', file, expression], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      );

    it.each([
      ['ethernet', 'tcp dst port 7000 and tcp[tcpflags] & tcp-syn != 0'],
      ['ethernet', 'vlan and udp dst portrange 6998-7003'],
      ['ip', 'ip6 and udp dst port 53 or icmp'],
      ['ip', 'tcp[12] >> 4 = 5 and len > 60'],
    ] as const)('the tests run BPF as tcpdump does: %s, %s', (family, expression) => {
      const frames = sample(family, (bytes) => bytes.length > 0);
      const file = save(frames, family);
      const kept = execFileSync('tcpdump', ['-r', file, '-tt', '-nq', expression], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        maxBuffer: 1 << 26,
      });
      const theirs = kept
        .split('\n')
        .filter((line) => /^\d+\.\d/.test(line))
        .map((line) => parseInt(line, 10));
      const compiled = program(file, expression);
      const ours = frames.flatMap((bytes, at) => (runFilter(compiled, bytes) > 0 ? [at] : []));
      expect(ours).toEqual(theirs);
      expect(ours.length).toBeGreaterThan(0);
    });

    it.each([
      [
        'ethernet',
        interestIn({ tcp: [7000, 7001, 7002], udp: [53, 7005] }),
        '(tcp dst portrange 7000-7002) or (udp dst port 53 or udp dst port 7005)',
      ],
      [
        'ip',
        interestIn({ tcp: [0, 65535, 7004], udp: [7000] }),
        '(tcp dst port 0 or tcp dst port 65535 or tcp dst port 7004) or (udp dst port 7000)',
      ],
      [
        'ethernet',
        interestIn({ tcp: [7000, 7003], tcpFlags: SYN }),
        '(tcp dst port 7000 or tcp dst port 7003) and ((ip and tcp[13] & 18 = 2) or (ip6 and ip6[53] & 18 = 2))',
      ],
      [
        'ip',
        interestIn({ icmp: true, icmp6: true }),
        '(icmp[0] = 8 and ip[6:2] & 0x3fff = 0) or (icmp6 and ip6[40] = 128)',
      ],
    ] as const)(
      'accepts just what the same expression does: %s',
      (family, interest, expression) => {
        const offset = family === 'ethernet' ? 14 : 0;
        // Without tags and shims, and without extension headers, both must say the same.
        const isPlain = (bytes: Uint8Array): boolean => {
          if (bytes.length < offset + 40) return false;
          const type = family === 'ethernet' ? (bytes[12]! << 8) | bytes[13]! : 0;
          const nibble = bytes[offset]! >> 4;
          const isSix = family === 'ethernet' ? type === 0x86dd : nibble === 6;
          const isFour = family === 'ethernet' ? type === 0x0800 : nibble === 4;
          const next = bytes[offset + (isSix ? 6 : 9)]!;
          return (isSix || isFour) && ![0, 43, 44, 51, 60].includes(next);
        };
        const frames = sample(family, isPlain);
        const file = save(frames, family);
        const theirs = program(file, expression);
        const ours = compileFilter(interest, family);
        for (const bytes of frames) {
          expect(runFilter(ours, bytes) > 0, Buffer.from(bytes).toString('hex')).toBe(
            runFilter(theirs, bytes) > 0,
          );
        }
        expect(frames.length).toBeGreaterThan(500);
      },
    );
  },
);
