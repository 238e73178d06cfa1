/** What `postern` answers to its caller. */
export const EXIT = { done: 0, failed: 1, usage: 2, notRunning: 3 } as const;
