import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

export interface BoundedOutputOptions {
  /** What one command may print, on both of its streams. */
  readonly bytes: number;
  /** Makes a pipe: a descriptor to read from, and one to write to. Not a socket, whose /dev/stderr can't be opened. */
  readonly makePipe: () => [number, number];
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** An end of a pipe that something still writes to, for who reads on when this process ends. */
export interface OpenOutput {
  readonly descriptor: number;
  readonly to: 'stdout' | 'stderr';
}

/** What one command has for its output. */
export interface CommandStreams {
  /** Its descriptors 1 and 2. */
  readonly descriptors: readonly [number, number];
  /** To be called once it has them. */
  begun(): void;
  /** All that it wrote before its end has been passed on; what it left running may write later. */
  drained(): Promise<void>;
}

/** Behind the bound so little is read at a time: who floods is held up, not we. */
const DROP_PAUSE_MS = 10;
/** What a command leaves running keeps its pipes open; nobody waits for that. */
const DRAIN_MS = 100;

/**
 * Passes on what commands print, each up to a bound, and drops the rest. The pipes are read to their end:
 * a command must not die of printing too much.
 */
export class BoundedOutput {
  readonly #options: BoundedOutputOptions;
  readonly #open = new Map<Socket, OpenOutput>();

  constructor(options: BoundedOutputOptions) {
    this.#options = options;
  }

  /** `onCut` is called when the bound is reached. Throws where no pipe can be had. */
  begin(onCut: () => void): CommandStreams {
    const budget = { left: this.#options.bytes, onCut };
    const pipes = (['stdout', 'stderr'] as const).map((to) => {
      const [from, descriptor] = this.#options.makePipe();
      return { descriptor, ended: this.#passOn({ descriptor: from, to }, budget) };
    });
    const [out, error] = pipes as [(typeof pipes)[0], (typeof pipes)[0]];
    return {
      descriptors: [out.descriptor, error.descriptor],
      begun: () => pipes.forEach(({ descriptor }) => closeSync(descriptor)),
      drained: () => firstOf(Promise.all([out.ended, error.ended]), DRAIN_MS),
    };
  }

  /** Reads on what another process began to read. */
  takeOver(outputs: readonly OpenOutput[], onCut: () => void): void {
    const budget = { left: this.#options.bytes, onCut };
    for (const output of outputs) void this.#passOn(output, budget);
  }

  /** No longer keeps this process; what something may still write to, for others to read. */
  letGo(): OpenOutput[] {
    for (const socket of this.#open.keys()) socket.unref();
    return [...this.#open.values()];
  }

  #passOn(output: OpenOutput, budget: { left: number; onCut: () => void }): Promise<void> {
    const socket = new Socket({ fd: output.descriptor, readable: true, writable: false });
    this.#open.set(socket, output);
    socket.on('data', (chunk: Buffer) => {
      const { left } = budget;
      if (left > 0) this.#options[output.to].write(chunk.subarray(0, left));
      budget.left = Math.max(0, left - chunk.length);
      if (left > 0 && chunk.length > left) budget.onCut();
      if (budget.left > 0) return;
      socket.pause();
      setTimeout(() => socket.resume(), DROP_PAUSE_MS).unref();
    });
    socket.on('error', () => {}); // it closes the socket
    return new Promise((ended) => {
      socket.once('close', () => {
        this.#open.delete(socket);
        ended();
      });
    });
  }
}

function firstOf(done: Promise<unknown>, mostMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, mostMs);
    void done.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
