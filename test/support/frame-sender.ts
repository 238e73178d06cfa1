import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { frame, type FrameOptions } from './frame.ts';
import { CLIENT, SERVER, type Namespace } from './netns.ts';

export interface SendOptions {
  /** From one frame to the next; default 0. */
  readonly gapMs?: number;
  /** How often each frame goes out in a row; default once. */
  readonly times?: number;
}

/** Sends whole frames from an interface, past the sender's own stack: any source, any shape. */
export class FrameSender {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(namespace: Namespace, device = 'cli0', flags: readonly string[] = []) {
    const script = join(import.meta.dirname, 'send_frames.py');
    this.#process = namespace.spawn(['python3', script, device, ...flags]);
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** Makes an interface without frames, through which what is sent comes in as from a tunnel. */
  static async tunnel(namespace: Namespace, device: string): Promise<FrameSender> {
    const sender = new FrameSender(namespace, device, ['--tun']);
    await sender.send([]);
    namespace.run(['ip', 'link', 'set', device, 'up']);
    return sender;
  }

  /** Resolves when all have left: the moment of each, in microseconds since the epoch. */
  send(frames: readonly Uint8Array[], options: SendOptions = {}): Promise<readonly number[]> {
    const { gapMs = 0, times = 1 } = options;
    return this.#do({ frames: frames.map(hex), gapUs: gapMs * 1000, times });
  }

  /** Sends each frame at its time, in milliseconds from now on. */
  sendAt(timetable: readonly Timed[]): Promise<readonly number[]> {
    const sorted = [...timetable].sort((one, other) => one.dueMs - other.dueMs);
    const dueUs = sorted.map(({ dueMs }) => Math.round(dueMs * 1000));
    return this.#do({ frames: sorted.map((timed) => hex(timed.frame)), dueUs });
  }

  async #do(job: object): Promise<readonly number[]> {
    this.#process.stdin!.write(`${JSON.stringify(job)}\n`);
    const answer = (await this.#answers.next()) as IteratorResult<string, undefined>;
    if (answer.done === true) throw new Error('the sender of frames ended');
    return (JSON.parse(answer.value) as { atUs: number[] }).atUs;
  }
}

export interface Timed {
  readonly dueMs: number;
  readonly frame: Uint8Array;
}

function hex(frame: Uint8Array): string {
  return Buffer.from(frame).toString('hex');
}

/** The knocks of a sequence as frames; `7000,8000:udp`, from the client to the server. */
export function knocks(sequence: string, over: FrameOptions = {}): Uint8Array[] {
  const isSix = over.from?.includes(':') === true;
  const ends = isSix ? { to: SERVER[6] } : { from: CLIENT[4], to: SERVER[4] };
  return sequence.split(',').map((step) => {
    const [port, protocol = 'tcp'] = step.trim().split(':');
    const to = Number(port);
    const transport = protocol === 'udp' ? { udp: { to } } : { tcp: { to, syn: true } };
    return frame({ ...ends, ...transport, ...over });
  });
}

/** One of many addresses outside the veth's networks. */
export function stranger(nth: number): string {
  return `198.18.${nth >> 8}.${nth & 255}`;
}
