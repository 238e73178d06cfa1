import type { OpenPorts } from '../../door/door.ts';
import type { DoorDraft } from '../drafts.ts';
import { isUnderstood, type AccessRule, type NotUnderstood } from './access-rule.ts';
import { readCommand } from './read-command.ts';

/** A door's commands, and the seconds between them. */
export type Commands = Pick<DoorDraft, 'start' | 'start6' | 'stop' | 'stop6' | 'commandTimeout'>;

/** What a door's commands open, for how long, and for which families. */
export interface DoorAccess {
  readonly ports: readonly OpenPorts[];
  /** Undefined: until some other command closes it. */
  readonly seconds: number | undefined;
  readonly families: readonly (4 | 6)[];
  readonly identity: string;
}

const MOST_SECONDS = 7 * 86_400;
/** 0.8's own, where a door says nothing. */
const DEFAULT_SECONDS = 10;

/** The access that a door's commands give; a reason if they do more, less, or something not understood. */
export function accessOf(draft: Commands): DoorAccess | NotUnderstood {
  const perFamily = ([4, 6] as const).map((family) => ({
    family,
    access: forFamily(draft, family),
  }));
  const found: { family: 4 | 6; access: DoorAccess }[] = [];
  for (const { family, access } of perFamily) {
    if (access === undefined) continue;
    if ('reason' in access) return access;
    found.push({ family, access });
  }
  const [first, second] = found.map(({ access }) => access);
  if (first === undefined) return { reason: 'its commands work for no address' };
  if (second !== undefined && !isSame(first, second)) {
    return { reason: 'it opens other ports by IPv4 than by IPv6' };
  }
  return { ...first, families: found.map(({ family }) => family) };
}

/** What the door closes by its start command, as 0.8's sample file has it; undefined: nothing. */
export function closedBy({ start }: Commands): string | undefined {
  const reading = start === undefined ? undefined : readCommand(start);
  if (reading === undefined || !isUnderstood(reading) || reading.action === 'add') return undefined;
  return reading.identity;
}

/** Undefined: nothing comes of a knock by this family. */
function forFamily(draft: Commands, family: 4 | 6): DoorAccess | NotUnderstood | undefined {
  const isSix = family === 6;
  const start = isSix ? (draft.start6 ?? draft.start) : draft.start;
  const stop = isSix ? (draft.stop6 ?? draft.stop) : draft.stop;
  if (start === undefined || start === '') return undefined;
  const opening = readCommand(start);
  if (!isUnderstood(opening)) return opening;
  if (!opening.families.includes(family)) return undefined; // it fails, and so opens nothing
  if (opening.action !== 'add') return { reason: 'it closes what another door opens' };
  const { ports, identity } = opening;
  if (stop === undefined || stop === '') {
    return { ports, seconds: opening.seconds, families: [family], identity };
  }
  if (opening.seconds !== undefined) return { reason: 'it ends by itself, and by a command too' };
  return pairOf(opening, stop, draft.commandTimeout ?? DEFAULT_SECONDS, family);
}

function pairOf(
  { ports, identity }: AccessRule,
  stop: string,
  seconds: number,
  family: 4 | 6,
): DoorAccess | NotUnderstood {
  const closing = readCommand(stop);
  if (!isUnderstood(closing)) return { reason: `of its stop command, ${closing.reason}` };
  const isUndone =
    closing.action === 'remove' &&
    closing.identity === identity &&
    closing.families.includes(family);
  if (!isUndone) return { reason: 'its stop command does not undo what its start command does' };
  if (seconds < 1 || seconds > MOST_SECONDS) {
    return { reason: `open_for can't be ${seconds} seconds` };
  }
  return { ports, seconds, families: [family], identity };
}

function isSame(a: DoorAccess, b: DoorAccess): boolean {
  return a.seconds === b.seconds && JSON.stringify(a.ports) === JSON.stringify(b.ports);
}
