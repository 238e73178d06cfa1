import type { Told } from '../model/replay.ts';
import { table } from './dom.ts';

/** What was decided, in its order. */
export function toldView(told: readonly Told[]): HTMLElement {
  const rows = told.map(({ when, source, door, what, event }) => ({
    cells: [when, source, door, what],
    name: event,
  }));
  return table('', ['When (UTC)', 'Source', 'Door', 'What'], rows);
}
