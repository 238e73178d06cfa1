/** An action that waits for its time. Plain data by name: it outlives the process, and a reload. */
export interface PendingAction {
  readonly door: string;
  readonly action: string;
  readonly source: string;
  /** By the wall clock, milliseconds: it must mean something after a reboot. */
  readonly dueAtMs: number;
}

/** Where actions that wait are kept, so that no restart forgets one. */
export interface PendingBook {
  /** What an earlier process left. */
  left(): readonly PendingAction[];
  /** All that wait now. Throws if they can't be kept. */
  keep(all: readonly PendingAction[]): void;
}
