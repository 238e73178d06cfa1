import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Namespace } from './netns.ts';

/** Puts frames on a link in a namespace; ends with it. */
export interface LinkSender {
  /** Sends all of them, in order, so many times; how many that were. */
  send(frames: readonly Uint8Array[], options?: SendOptions): Promise<number>;
}

export interface SendOptions {
  readonly repeat?: number;
  /** Default: as fast as it goes, some 200,000 a second. */
  readonly perSecond?: number;
}

/** `link` sends whole frames from an interface that is there; `tun` makes one whose packets come from us. */
export async function linkSender(
  namespace: Namespace,
  kind: 'link' | 'tun',
  name: string,
): Promise<LinkSender> {
  const script = join(import.meta.dirname, 'link_sender.py');
  const { stdin, stdout } = namespace.spawn(['python3', script, kind, name]);
  const answers = createInterface({ input: stdout! });
  await once(answers, 'line');
  return {
    send: async (frames, { repeat = 1, perSecond = 0 } = {}) => {
      const hex = frames.map((frame) => Buffer.from(frame).toString('hex'));
      const answered = once(answers, 'line');
      stdin!.write(`${JSON.stringify({ frames: hex, repeat, perSecond })}\n`);
      const [line] = (await answered) as [string];
      return (JSON.parse(line) as { sent: number }).sent;
    },
  };
}
