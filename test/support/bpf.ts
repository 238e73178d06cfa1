import { native } from '../../src/native.ts';
import type { Sharing } from '../../src/tuple/worker-of.ts';
import type { Interest } from '../../src/matcher/interest.ts';

/** A classic BPF program. */
export type Program = readonly Instruction[];

export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export type LinkFamily = 'ethernet' | 'ip';

/** The filter that a ring attaches for this interest. */
export function compileFilter(
  interest: Interest,
  family: LinkFamily,
  maxInstructions?: number,
): Program {
  const { compileFilter: compile } = native() as unknown as {
    compileFilter(interest: Interest, family: LinkFamily, maxInstructions?: number): Uint32Array;
  };
  return programOf(compile(interest, family, maxInstructions));
}

/** The program by which the kernel picks a ring. */
export function compileFanout({ workers, seed }: Sharing): Program {
  const { compileFanout: compile } = native() as unknown as {
    compileFanout(workers: number, seed: number): Uint32Array;
  };
  return programOf(compile(workers, seed >>> 0));
}

function programOf(words: Uint32Array): Program {
  return Array.from({ length: words.length / 2 }, (_, at) => {
    const head = words[at * 2]!;
    return { code: head >>> 16, jt: (head >>> 8) & 255, jf: head & 255, k: words[at * 2 + 1]! };
  });
}

/** The output of `tcpdump -ddd`. */
export function parseProgram(text: string): Program {
  const [, ...lines] = text.trim().split('\n');
  return lines.map((line) => {
    const [code, jt, jf, k] = line.split(' ').map(Number) as [number, number, number, number];
    return { code, jt, jf, k };
  });
}

/** What the kernel knows of a packet besides its bytes. */
export interface Network {
  /** Ethertype of what begins there. */
  readonly type: number;
  /** Where the network header begins. */
  readonly at: number;
}

/** Runs a program over a packet as the kernel does: the bytes to keep, 0 to reject it. */
export function runFilter(program: Program, packet: Uint8Array, network?: Network): number {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const memory = new Uint32Array(16);
  let a = 0;
  let x = 0;
  for (let at = 0; at < program.length; at++) {
    const { code, jt, jf, k } = program[at]!;
    switch (code & 7) {
      case CLASS.ret:
        return (code & 0x18) === 0x10 ? a : k;
      case CLASS.ld:
      case CLASS.ldx: {
        const value = load(view, code, k, x, memory, network);
        if (value === undefined) return 0;
        if ((code & 7) === CLASS.ld) a = value;
        else x = value;
        break;
      }
      case CLASS.st:
        memory[k] = a;
        break;
      case CLASS.stx:
        memory[k] = x;
        break;
      case CLASS.alu: {
        const result = compute(code & 0xf0, a, (code & 8) === 0 ? k : x);
        if (result === undefined) return 0;
        a = result;
        break;
      }
      case CLASS.jmp:
        at += (code & 0xf0) === 0 ? k : test(code & 0xf0, a, (code & 8) === 0 ? k : x) ? jt : jf;
        break;
      case CLASS.misc:
        if ((code & 0xf8) === 0) x = a;
        else a = x;
        break;
    }
  }
  throw new Error('the program ran past its end');
}

/** linux/filter.h: SKF_AD_OFF + SKF_AD_PROTOCOL, and SKF_NET_OFF. */
const PROTOCOL = 0xfffff000;
const NETWORK = 0xfff00000;

const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, ret: 6, misc: 7 };
const MODE = { imm: 0, abs: 1, ind: 2, mem: 3, len: 4, msh: 5 };

function load(
  view: DataView,
  code: number,
  k: number,
  x: number,
  memory: Uint32Array,
  network: Network | undefined,
): number | undefined {
  switch (code >> 5) {
    case MODE.imm:
      return k;
    case MODE.abs:
      if (k === PROTOCOL) return network!.type;
      return read(view, code & 0x18, k >= NETWORK ? k - NETWORK + network!.at : k);
    case MODE.ind:
      return read(view, code & 0x18, k + x);
    case MODE.mem:
      return memory[k]!;
    case MODE.len:
      return view.byteLength;
    case MODE.msh: {
      const byte = read(view, 0x10, k);
      return byte === undefined ? undefined : (byte & 15) * 4;
    }
    default:
      throw new Error(`unknown load ${code}`);
  }
}

function read(view: DataView, size: number, at: number): number | undefined {
  const bytes = size === 0 ? 4 : size === 8 ? 2 : 1;
  if (at + bytes > view.byteLength) return undefined;
  if (bytes === 4) return view.getUint32(at);
  return bytes === 2 ? view.getUint16(at) : view.getUint8(at);
}

function compute(operation: number, a: number, b: number): number | undefined {
  switch (operation) {
    case 0x00:
      return (a + b) >>> 0;
    case 0x10:
      return (a - b) >>> 0;
    case 0x20:
      return Math.imul(a, b) >>> 0;
    case 0x30:
      return b === 0 ? undefined : Math.floor(a / b);
    case 0x40:
      return (a | b) >>> 0;
    case 0x50:
      return (a & b) >>> 0;
    case 0x60:
      return (a << b) >>> 0;
    case 0x70:
      return a >>> b;
    case 0x80:
      return -a >>> 0;
    case 0x90:
      return b === 0 ? undefined : a % b;
    case 0xa0:
      return (a ^ b) >>> 0;
    default:
      throw new Error(`unknown operation ${operation}`);
  }
}

function test(kind: number, a: number, b: number): boolean {
  switch (kind) {
    case 0x10:
      return a === b;
    case 0x20:
      return a > b;
    case 0x30:
      return a >= b;
    case 0x40:
      return (a & b) !== 0;
    default:
      throw new Error(`unknown test ${kind}`);
  }
}
