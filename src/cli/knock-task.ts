import type { EncodedKnock } from '../client/encode.ts';
import type { KnockOptions, KnockStep } from '../client/knock.ts';

/** Where to knock. */
export interface Task {
  readonly host: string;
  readonly targets: readonly Target[];
  readonly options: KnockOptions;
  readonly waitPort: number | undefined;
  /** What the knock says. */
  readonly fields: EncodedKnock['fields'];
}

/** A knock, and its port as it was typed; undefined: nobody knows what port that is. */
export interface Target {
  readonly text: string;
  readonly step: KnockStep | undefined;
}
