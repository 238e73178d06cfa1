/* Stands in the page for `node:timers/promises`. */

/** Lets the browser paint, and answer to its user. */
export function setImmediate(): Promise<void> {
  return new Promise((done) => void setTimeout(done));
}
