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

  constructor(namespace: Namespace, device = 'cli0') {
    const script = join(import.meta.dirname, 'send_frames.py');
    this.#process = namespace.spawn(['python3', script, device]);
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** Resolves when all have left: the moment of each, in microseconds since the epoch. */
  async send(frames: readonly Uint8Array[], options: SendOptions = {}): Promise<readonly number[]> {
    const hex = frames.map((each) => Buffer.from(each).toString('hex'));
    const job = { frames: hex, gapUs: (options.gapMs ?? 0) * 1000, times: options.times ?? 1 };
    this.#process.stdin!.write(`${JSON.stringify(job)}\n`);
    const answer = (await this.#answers.next()) as IteratorResult<string, undefined>;
    if (answer.done === true) throw new Error('the sender of frames ended');
    return (JSON.parse(answer.value) as { atUs: number[] }).atUs;
  }
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
