/** A stop command that is still to run. Plain data: it outlives the process that wrote it. */
export interface PendingStop {
  readonly id: string;
  /** The door's name and the knocker's address: for log lines. */
  readonly door: string;
  readonly source: string;
  /** As the shell gets it. */
  readonly command: string;
  /** By the wall clock, milliseconds: it must mean something after a reboot. */
  readonly dueAtMs: number;
  /** The grant at whose end it runs; undefined: it has a time of its own. */
  readonly grant?: string;
}

/**
 * Where stop commands are kept until they have run, so that no crash loses one. Several processes may
 * keep theirs in one book: who claims a stop runs it.
 */
export interface StopBook {
  /** Enters a stop, or what is new about it. Throws if it can't be kept. */
  keep(stop: PendingStop): void;
  /** Takes a stop to run it; undefined: somebody else has. One that was put off is given back, not taken. */
  claim(stop: PendingStop): PendingStop | undefined;
  /** It has run. */
  done(stop: PendingStop): void;
  /** What processes that are no more have left. */
  left(): PendingStop[];
}

/** For who keeps no state: stops live as long as the process. */
export const NO_BOOK: StopBook = {
  keep() {},
  claim: (stop) => stop,
  done() {},
  left: () => [],
};
