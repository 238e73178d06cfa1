import { spanTroubles } from '../config/span-advice.ts';
import type { Door } from '../door/door.ts';
import { hostPorts } from './host-ports.ts';

/** What is worth knowing, at a start and after a reload, of spans that this host has other uses for. */
export function spanRemarks(doors: readonly Door[]): string[] {
  if (doors.every(({ encoded }) => encoded === undefined)) return [];
  const host = hostPorts();
  return doors.flatMap((door) =>
    spanTroubles(door, doors, host).map((trouble) => `the span of door "${door.name}" ${trouble}`),
  );
}
