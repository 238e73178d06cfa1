import type { PortRange } from '../../door/encoded.ts';
import { offsetIn } from '../../door/span.ts';
import { portOf, type CompiledDoor } from '../compiled-door.ts';
import type { DecisionLog } from '../decision-log.ts';
import type { Knock } from '../knock.ts';
import type { PacketClock } from '../packet-clock.ts';
import type { Codec } from './codec.ts';
import { CodeRecogniser } from './code-recogniser.ts';
import type { PortQueues } from './port-queues.ts';
import type { Recogniser, RecogniserParts } from './recogniser.ts';
import { SealedRecogniser } from './sealed-recogniser.ts';
import { queueRules, spanQueues } from './span-queues.ts';
import { StreamRecogniser } from './stream-recogniser.ts';

/**
 * The doors of a matcher whose knocks say something. Each has queues of its own, which go on though doors
 * change, while its own rules for what comes into them stay.
 */
export class EncodedDoors {
  readonly #recognisers: Map<Codec, Recogniser> = new Map();
  readonly #queues: Map<string, PortQueues> = new Map();

  constructor(
    doors: readonly CompiledDoor[],
    clock: PacketClock,
    log: DecisionLog,
    before?: EncodedDoors,
  ) {
    for (const door of doors) {
      const codec = door.encoded?.codec;
      if (codec === undefined) continue;
      const rules = queueRules(door, codec);
      const kept = before === undefined ? undefined : before.#queues.get(rules);
      const queues = kept ?? spanQueues(door, codec, log);
      this.#queues.set(rules, queues);
      this.#recognisers.set(codec, recogniser({ door, codec, queues, clock, log }));
    }
  }

  /** A packet to a port that is of these doors' spans. */
  offer(doors: readonly CompiledDoor[], knock: Knock): void {
    for (const door of doors) {
      if (!knock.isFor(door)) continue;
      const { span, codec } = door.encoded!;
      if (codec === undefined) continue;
      this.#recognisers.get(codec)!.offer(knock, offsetIn(span, portOf(knock.port)));
    }
  }

  /** Tells of all knocks that were left off, up to the last packet's time. */
  sweepAll(): void {
    for (const each of this.#recognisers.values()) each.sweepAll();
  }
}

/** How a compiled door reads its span; no codec: nobody can read it, as in `check`. */
export interface CompiledEncoded {
  readonly span: readonly PortRange[];
  readonly codec: Codec | undefined;
}

function recogniser(parts: RecogniserParts): Recogniser {
  const { codec } = parts;
  switch (codec.kind) {
    case 'sealed':
      return new SealedRecogniser({ ...parts, codec });
    case 'code':
      return new CodeRecogniser({ ...parts, codec });
    case 'stream':
      return new StreamRecogniser({ ...parts, codec });
  }
}
