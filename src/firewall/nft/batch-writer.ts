import { constants } from 'node:os';
import { FirewallError } from '../firewall-error.ts';
import type { GrantTable } from '../grant-table.ts';
import type { NftSocket } from './addon.ts';
import type { Target } from './draw-table.ts';
import { ACTION, type ElementRows } from './element-rows.ts';
import { codeOf } from './nft-error.ts';
import type { Service } from './table.ts';

const { EEXIST, ENFILE, ENOENT } = constants.errno as unknown as Record<string, number>;

/** How often a batch is sent again whose answer was lost. */
const TRIES = 4;

/**
 * Elements in one transaction where there are a great many: about a millisecond. Larger ones are hardly
 * cheaper an element (bench: heal), and their last would last too long by what the first take.
 */
export const CHUNK_ROWS = 512;

/** Carries out a transaction of so many rows, which returns how many were refused. */
export type Around = (rows: number, commit: () => number) => number;

export interface BatchWriterOptions {
  /** What is to be done around each transaction. */
  readonly around?: Around;
  /** Whether others have elements in these sets, which stay as they are: then each row is looked up first. */
  readonly sparesOthers?: boolean;
}

/** Puts elements into rows and sends them, all as one transaction. */
export class BatchWriter {
  readonly #socket: NftSocket;
  readonly #rows: ElementRows;
  readonly #around: Around;
  readonly #commit = (): number => this.#send();
  readonly #sparesOthers: boolean;
  #count = 0;

  constructor(
    socket: NftSocket,
    rows: ElementRows,
    { around = (_, commit) => commit(), sparesOthers = false }: BatchWriterOptions = {},
  ) {
    this.#socket = socket;
    this.#rows = rows;
    this.#around = around;
    this.#sparesOthers = sparesOthers;
  }

  get capacity(): number {
    return this.#rows.capacity;
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  /** An element for the grant in a slot; it lives until the grant ends. */
  put(
    target: Target,
    grants: GrantTable,
    slot: number,
    doorIndex: number,
    nowMs: number,
    mayBeThere: boolean,
  ): void {
    const row = this.#count++;
    putElement(this.#rows, row, target, grants, slot, doorIndex, nowMs);
    this.#rows.action[row] = mayBeThere ? ACTION.renew : ACTION.add;
  }

  /** That there be no element for the grant in a slot. */
  putAbsence(target: Target, grants: GrantTable, slot: number): void {
    const row = this.#count++;
    putKey(this.#rows, row, target, grants, slot);
    this.#rows.action[row] = ACTION.remove;
  }

  /** A service for a time, in place of one that may be there. */
  putService(set: number, { protocol, port }: Service, forMs: number): void {
    const rows = this.#rows;
    for (const action of [ACTION.remove, ACTION.plain]) {
      const row = this.#count++;
      rows.set[row] = set;
      rows.protocol[row] = protocol;
      rows.port[row] = port;
      rows.timeoutMs[row] = forMs;
      rows.action[row] = action;
    }
  }

  /** Copies an element that was read, to be removed. */
  putRemoval(from: ElementRows, at: number): void {
    const rows = this.#rows;
    const row = this.#count++;
    rows.set[row] = from.set[at]!;
    rows.protocol[row] = from.protocol[at]!;
    rows.port[row] = from.port[at]!;
    rows.word0[row] = from.word0[at]!;
    rows.word1[row] = from.word1[at]!;
    rows.word2[row] = from.word2[at]!;
    rows.word3[row] = from.word3[at]!;
    rows.action[row] = ACTION.remove;
  }

  /**
   * Sends the rows; how many were refused. If the answer was lost (ENOBUFS), nobody knows what the
   * kernel did: then every row is sent again as a renewal, which is right in both cases.
   */
  commit(): number {
    if (this.#sparesOthers && !this.#spareOthers()) return 0;
    return this.#around(this.#count, this.#commit);
  }

  /** Makes rows fit what is there; whether anything is left to be done. */
  #spareOthers(): boolean {
    const { action, error } = this.#rows;
    this.#socket.find(this.#count);
    let isAny = false;
    for (let row = 0; row < this.#count; row++) {
      const isAbsent = error[row] === ENOENT;
      const isRemoval = action[row] === ACTION.remove;
      const isOthers = error[row] === EEXIST;
      if (isOthers || (isAbsent && isRemoval)) action[row] = ACTION.none;
      else if (!isRemoval) action[row] = isAbsent ? ACTION.add : ACTION.renew;
      isAny ||= action[row] !== ACTION.none;
    }
    return isAny;
  }

  #send(): number {
    for (let tries = 1; ; tries++) {
      try {
        return this.#socket.apply(this.#count);
      } catch (error) {
        if (codeOf(error) !== 'ENOBUFS' || tries === TRIES) throw error;
        for (let row = 0; row < this.#count; row++) {
          if (this.#rows.action[row] === ACTION.add) this.#rows.action[row] = ACTION.renew;
        }
      }
    }
  }

  /** Looks the rows up instead; how many are not there. */
  findAbsent(): number {
    return this.#socket.find(this.#count);
  }

  /** After `findAbsent`: whether nobody's element is there. */
  isAbsent(row: number): boolean {
    return this.#rows.error[row] === ENOENT;
  }

  isRefused(row: number): boolean {
    return this.#rows.error[row] !== 0;
  }

  /** Whether a refusal means that a whole set, and so the table, is gone. */
  lacksSet(): boolean {
    return this.#rows.error.subarray(0, this.#count).includes(ENOENT!);
  }

  errorAt(row: number, setName: string): FirewallError {
    const errno = this.#rows.error[row]!;
    const code = errno === ENFILE ? 'FIREWALL_SET_FULL' : 'FIREWALL_REFUSED';
    const words = this.#socket.reason();
    const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0];
    const reason = `${name ?? `errno ${errno}`} on set ${setName}${words && ` (${words})`}`;
    return new FirewallError(code, 'open', reason, { set: setName });
  }
}

export function putElement(
  rows: ElementRows,
  row: number,
  target: Target,
  grants: GrantTable,
  slot: number,
  doorIndex: number,
  nowMs: number,
): void {
  putKey(rows, row, target, grants, slot);
  const { untilMs, id, giver } = grants;
  rows.timeoutMs[row] = endOf(target, grants, slot) - nowMs;
  rows.deadlineMs[row] = untilMs[slot]!;
  rows.grant[row] = id[slot]!;
  rows.giver[row] = giver[slot]!;
  rows.door[row] = doorIndex;
}

/** When the element of a grant ends. */
export function endOf({ isLive }: Target, { aliveMs, untilMs }: GrantTable, slot: number): number {
  return isLive ? Math.min(aliveMs[slot]!, untilMs[slot]!) : untilMs[slot]!;
}

function putKey(
  rows: ElementRows,
  row: number,
  target: Target,
  { words }: GrantTable,
  slot: number,
): void {
  const at = slot * 4;
  rows.word0[row] = words[at]!;
  rows.word1[row] = words[at + 1]!;
  rows.word2[row] = words[at + 2]!;
  rows.word3[row] = words[at + 3]!;
  rows.port[row] = target.port;
  rows.set[row] = target.set;
  rows.protocol[row] = target.protocol;
}
