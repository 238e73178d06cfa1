import type { CaptureInput } from '../capture-input.ts';
import type { LogDecoder } from './log-decoder.ts';
import { Patterns } from './patterns.ts';

type Stream = Extract<CaptureInput, { kind: 'stream' }>;

/** The input of a log, with users' expressions asked about what the decoder does not know of each chunk. */
export function withPatterns(
  input: Stream,
  decoder: LogDecoder,
  patterns: readonly string[],
): Stream {
  if (patterns.length === 0) return input;
  const running = new Patterns(patterns);
  const destroy = (): void => {
    running[Symbol.dispose]();
    input.destroy();
  };
  return { ...input, peek: () => input.peek(), chunks: asked(input, decoder, running), destroy };
}

const NOTHING = new Uint8Array();
/** Ends a last line that has no end, so that it can be asked about as well. */
const LINE_FEED = Uint8Array.of(10);

/** When the next chunk is wanted, the decoder has read all of the last one. */
async function* asked(
  { chunks }: Stream,
  decoder: LogDecoder,
  patterns: Patterns,
): AsyncGenerator<Uint8Array> {
  for (let isEnded = false; !isEnded;) {
    const next = await chunks.next();
    isEnded = next.done === true;
    yield next.done === true ? LINE_FEED : next.value;
    const unknown = decoder.takeUnknown();
    if (unknown.length === 0) continue;
    decoder.answer(unknown, await patterns.match(unknown.map(({ text }) => text)));
    yield NOTHING;
  }
}
