import { formatAddress, type Address } from '../tuple/address.ts';
import type { TupleBatch } from '../tuple/batch.ts';
import { sourceAt } from '../tuple/batch-address.ts';
import { TCP_FLAG } from '../tuple/flags.ts';
import { PROTOCOL, protocolName } from '../tuple/protocol.ts';
import type { CompiledDoors } from './compile-doors.ts';
import { portKey, type CompiledDoor } from './compiled-door.ts';
import { Knock } from './knock.ts';
import { LocalAddresses } from './local-addresses.ts';

/** A line, or null where the lines of an event (a stage, an opening) belong. */
export type TraceLine = string | null;

interface Attempt {
  readonly door: CompiledDoor;
  readonly source: string;
  readonly second: number;
  stage: number;
  isBroken: boolean;
}

const ORDER = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'] as const;
/** A list without bound is 0.8's business; who debugs does not need the oldest. */
const MOST = 10_000;

/**
 * What 0.8 says with `-D` while it matches: which attempts it tidies away, and which packets a door
 * ignores for their flags. It keeps the plain list that 0.8 keeps, beside the matcher and without a say
 * in anything, less the flaw by which the end of the first attempt forgets all.
 */
export class KnockdTrace {
  #compiled: CompiledDoors;
  readonly #knock = new Knock();
  #attempts: Attempt[] = [];

  constructor(compiled: CompiledDoors, local: readonly Address[]) {
    this.#compiled = compiled;
    this.#knock.local = new LocalAddresses(local);
  }

  /** A door has another sequence: attempts go on with it at the stage that they had. */
  replaceDoors(compiled: CompiledDoors): void {
    this.#compiled = compiled;
    this.#attempts = this.#attempts.map((attempt) => ({
      ...attempt,
      door: compiled.doors[attempt.door.index]!,
    }));
  }

  /** The lines about the packet in a row; undefined: 0.8 would not see it. */
  take(batch: TupleBatch, row: number): TraceLine[] | undefined {
    const knock = this.#knock;
    const protocol = protocolName(batch.protocol[row]!);
    if (protocol === undefined) return undefined;
    knock.take(batch, row, portKey(protocol, batch.port[row]!));
    if (!this.#passesFilter()) return undefined;
    const source = formatAddress(sourceAt(batch, row));
    const second = batch.seconds[row]!;
    const lines: TraceLine[] = this.#tidy(second);
    const candidates = this.#attempts.filter(
      ({ source: whose, door }) => whose === source && knock.reaches(door),
    );
    for (const attempt of candidates) lines.push(...this.#advance(attempt));
    if (candidates.length === 0) lines.push(...this.#begin(source, second));
    return lines;
  }

  #passesFilter(): boolean {
    const { doors, isUnfiltered } = this.#compiled;
    const knock = this.#knock;
    const lists = ({ steps }: CompiledDoor): boolean => steps.some((step) => knock.hits(step));
    return isUnfiltered || doors.some((door) => lists(door) && knock.isFor(door));
  }

  #tidy(second: number): string[] {
    const lines: string[] = [];
    this.#attempts = this.#attempts.filter(({ door, source, stage, isBroken, second: first }) => {
      const isDone = stage >= door.steps.length;
      if (isDone) lines.push(`removing successful knock attempt (${source})`);
      else if (isBroken) lines.push(`removing failed knock attempt (${source})`);
      return !isDone && !isBroken && second - first < door.window.seconds;
    });
    return lines;
  }

  #advance(attempt: Attempt): TraceLine[] {
    const { door, stage } = attempt;
    const ignored = this.#flagLine(door);
    if (ignored !== undefined) return [ignored];
    if (!this.#knock.hits(door.steps[stage])) {
      attempt.isBroken = true;
      return [];
    }
    attempt.stage++;
    return [null];
  }

  /** The flags are looked at before the port. */
  #begin(source: string, second: number): TraceLine[] {
    return this.#compiled.doors.flatMap((door): TraceLine[] => {
      const ignored = this.#flagLine(door);
      if (ignored !== undefined) return [ignored];
      if (!this.#knock.hits(door.steps[0]) || !this.#knock.reaches(door)) return [];
      this.#attempts.push({ door, source, second, stage: 1, isBroken: false });
      if (this.#attempts.length > MOST) this.#attempts.shift();
      return [null];
    });
  }

  /** The first flag that is not as the door wants it. */
  #flagLine({ door: { flags } }: CompiledDoor): string | undefined {
    const { batch, row } = this.#knock;
    if (batch.protocol[row] !== PROTOCOL.tcp) return undefined;
    const failing = ORDER.find(
      (name) => (TCP_FLAG[name] & flags.mask & (batch.flags[row]! ^ flags.value)) !== 0,
    );
    if (failing === undefined) return undefined;
    const not = (flags.value & TCP_FLAG[failing]) === 0 ? '!' : '';
    return `packet is not ${not}${failing.toUpperCase()}, ignoring...`;
  }
}
