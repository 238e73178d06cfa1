/** Commands that belong to no door but to the daemon's own life. */
export interface HookCommands {
  /** Runs once all is ready. */
  readonly up?: string;
  /** Runs when the end has come, before anything is let go of. */
  readonly down?: string;
  /** How long either may run. */
  readonly limitSeconds: number;
}

export type Hook = 'up' | 'down';
