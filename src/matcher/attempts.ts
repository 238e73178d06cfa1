import type { Address } from '../tuple/address.ts';
import { TRAIT } from '../tuple/batch.ts';
import {
  AttemptTable,
  NO_SLOT,
  WAYS,
  type Allocate,
  type Slot,
  type TickLimits,
} from './attempt-table.ts';
import type { CompiledDoors } from './compile-doors.ts';
import type { CompiledDoor } from './compiled-door.ts';
import type { RefuseReason } from './decision.ts';
import type { DecisionLog } from './decision-log.ts';
import type { Knock } from './knock.ts';
import type { PacketClock } from './packet-clock.ts';
import { TimeoutQueue } from './timeout-queue.ts';

/**
 * The life of attempts and holds: they begin, advance, open their door, end. What a packet means is the
 * business of the rules that call this; here its consequences are carried out, counted and told.
 */
export class Attempts {
  /** What `find` found: slots in order of doors, of one door the furthest along first. */
  readonly found: Int32Array;
  /** The door index of each. */
  readonly foundDoors: Int32Array;
  readonly #doors: readonly CompiledDoor[];
  readonly #lanes: number;
  readonly #table: AttemptTable;
  readonly #timeouts: TimeoutQueue;
  readonly #limits: TickLimits;
  readonly #clock: PacketClock;
  readonly #log: DecisionLog;

  constructor(
    compiled: CompiledDoors,
    maxAttempts: number,
    clock: PacketClock,
    log: DecisionLog,
    allocate?: Allocate,
  ) {
    this.found = new Int32Array(compiled.lanes * WAYS);
    this.foundDoors = new Int32Array(compiled.lanes * WAYS);
    this.#doors = compiled.doors;
    this.#lanes = compiled.lanes;
    this.#table = new AttemptTable(maxAttempts, allocate);
    this.#timeouts = new TimeoutQueue(this.#table, compiled.windows);
    this.#limits = {
      window: Uint32Array.from(compiled.doors, ({ window }) => window.ticks),
      hold: Uint32Array.from(compiled.doors, ({ hold }) => hold.ticks),
    };
    this.#clock = clock;
    this.#log = log;
  }

  /** Ways of the table in use. */
  get used(): number {
    return this.#table.used;
  }

  /** Has the memory of a source's first bucket fetched, for a `find` that follows soon. */
  touch(key0: number): void {
    this.#table.touch(key0);
  }

  /** Tells of the attempts whose time is up, in the order in which it was up. */
  expire(): void {
    for (;;) {
      const slot = this.#timeouts.due(this.#clock);
      if (slot === NO_SLOT) return;
      this.#log.timeout(this.door(slot), this.#addressOf(slot), this.#table.stage(slot));
      this.#forget(slot);
    }
  }

  /** Gathers this source's attempts and holds into `found`; how many there are. */
  find({ key0, key1 }: Knock): number {
    const table = this.#table;
    let count = 0;
    for (let lane = 0; lane < this.#lanes; lane++) {
      const bucket = table.bucket(key0, lane);
      for (let slot = bucket; slot < bucket + WAYS; slot++) {
        if (!table.belongsTo(slot, key0, key1)) continue;
        if (this.#isAlive(slot, lane)) count = this.#sortIn(slot, count);
      }
    }
    return count;
  }

  /** This source's attempts and holds at one door, gathered likewise. */
  findAt({ key0, key1 }: Knock, door: CompiledDoor): number {
    const table = this.#table;
    const bucket = table.bucket(key0, door.lane);
    let count = 0;
    for (let slot = bucket; slot < bucket + WAYS; slot++) {
      if (!table.belongsTo(slot, key0, key1) || table.doorIndex(slot) !== door.index) continue;
      if (this.#isAlive(slot, door.lane)) count = this.#sortIn(slot, count);
    }
    return count;
  }

  /** Of `found` from here to there, moves up what still stands: making room may have taken some. Their end. */
  keepStanding(from: number, to: number, { key0, key1 }: Knock): number {
    let end = from;
    for (let at = from; at < to; at++) {
      const slot = this.found[at]!;
      if (!this.#table.belongsTo(slot, key0, key1)) continue;
      if (this.#table.doorIndex(slot) === this.foundDoors[at]) this.found[end++] = slot;
    }
    return end;
  }

  door(slot: Slot): CompiledDoor {
    return this.#doors[this.#table.doorIndex(slot)]!;
  }

  /** Knocks that were right so far; 0 for a hold. */
  stage(slot: Slot): number {
    return this.#table.stage(slot);
  }

  /** The first knock. A door of one step opens at once and leaves nothing behind. */
  start(door: CompiledDoor, knock: Knock): void {
    const isTold = this.#log.stage(door, knock, 1);
    if (door.steps.length === 1) {
      this.#log.open(door, knock);
      return;
    }
    const slot = this.#makeRoom(door, knock, false);
    const { elapsed, nanoseconds, tick } = this.#clock;
    this.#table.set(slot, knock.key0, knock.key1, door.index, 1, tick);
    this.#setDeadline(slot, elapsed, door.wholeSeconds ? 0 : nanoseconds, door.window);
    if (isTold) this.#tell(slot, knock);
  }

  /** The knock that was waited for. */
  advance(slot: Slot, knock: Knock): void {
    const door = this.door(slot);
    const stage = this.#table.stage(slot) + 1;
    const isTold = this.#log.stage(door, knock, stage);
    if (stage === door.steps.length) {
      this.#log.open(door, knock);
      this.#forget(slot);
      return;
    }
    this.#table.setStage(slot, stage);
    if (isTold && !this.#table.isTold(slot)) this.#tell(slot, knock);
  }

  /** The attempt is over without an opening. */
  refuse(slot: Slot, knock: Knock, reason: RefuseReason): void {
    this.#log.refuse(this.door(slot), knock, this.#table.stage(slot), reason);
    this.#forget(slot);
  }

  /** A first knock that comes to nothing, since the source is held. */
  refuseStart(door: CompiledDoor, knock: Knock): void {
    this.#log.refuse(door, knock, 0, 'held');
  }

  /** Keeps the source from starting at the door for a while; not kept where only attempts could make room. */
  hold(door: CompiledDoor, knock: Knock): void {
    this.#log.holds++;
    const slot = this.#makeRoom(door, knock, true);
    if (slot === NO_SLOT) return;
    const { elapsed, nanoseconds, tick } = this.#clock;
    this.#table.set(slot, knock.key0, knock.key1, door.index, 0, tick);
    this.#setDeadline(slot, elapsed, nanoseconds, door.hold);
  }

  /** Everything under way is over: packet time has left all windows behind. */
  forgetAll(): void {
    for (let slot = 0; this.#table.used > 0 && slot < this.#table.capacity; slot++) {
      if (!this.#table.isFree(slot)) this.#end(slot);
    }
  }

  /** Takes over what stands in another table for doors that are here too: `doorOf` maps their indexes. */
  adopt(other: Attempts, doorOf: (index: number) => CompiledDoor | undefined): void {
    for (const slot of other.#timeouts.slots()) this.#copy(other.#table, slot, doorOf);
    for (let slot = 0; slot < other.#table.capacity; slot++) {
      if (!other.#table.isFree(slot) && !other.#table.isTold(slot)) {
        this.#copy(other.#table, slot, doorOf);
      }
    }
  }

  #copy(from: AttemptTable, slot: Slot, doorOf: (index: number) => CompiledDoor | undefined): void {
    const door = doorOf(from.doorIndex(slot));
    if (door === undefined) return;
    const stage = from.stage(slot);
    const bucket = this.#table.bucket(from.key0(slot), door.lane);
    const to = this.#table.wayFor(bucket, this.#clock.tick, stage === 0, this.#limits);
    if (to === NO_SLOT) return;
    if (!this.#table.isFree(to)) this.#end(to);
    this.#table.set(to, from.key0(slot), from.key1(slot), door.index, stage, from.startTick(slot));
    this.#table.setDeadline(to, from.deadlineSeconds(slot), from.deadlineNanoseconds(slot));
    if (!from.isTold(slot)) return;
    const [w0, w1, w2, w3, family] = [0, 1, 2, 3, 4].map((word) => from.addressWord(slot, word));
    this.#table.tell(to, w0!, w1!, w2!, w3!, family!);
    this.#timeouts.add(to, door.windowId);
  }

  /** Drops what it finds to be over. Two lanes of a small table may be one bucket: each sees its own doors. */
  #isAlive(slot: Slot, lane: number): boolean {
    if (this.#lanes > 1 && this.door(slot).lane !== lane) return false;
    const seconds = this.#table.deadlineSeconds(slot);
    if (!this.#clock.hasReached(seconds, this.#table.deadlineNanoseconds(slot))) return true;
    const stage = this.#table.stage(slot);
    if (stage > 0) this.#log.timeout(this.door(slot), undefined, stage); // had it been told of, `expire` had ended it
    this.#forget(slot);
    return false;
  }

  #sortIn(slot: Slot, count: number): number {
    let at = count;
    while (at > 0 && this.#comesBefore(slot, this.found[at - 1]!)) {
      this.found[at] = this.found[at - 1]!;
      this.foundDoors[at] = this.foundDoors[at - 1]!;
      at--;
    }
    this.found[at] = slot;
    this.foundDoors[at] = this.#table.doorIndex(slot);
    return count + 1;
  }

  /** By door; then the one further along; then the one with less time left. */
  #comesBefore(slot: Slot, other: Slot): boolean {
    const table = this.#table;
    const doors = table.doorIndex(slot) - table.doorIndex(other);
    if (doors !== 0) return doors < 0;
    const stages = table.stage(slot) - table.stage(other);
    if (stages !== 0) return stages > 0;
    const seconds = table.deadlineSeconds(slot) - table.deadlineSeconds(other);
    if (seconds !== 0) return seconds < 0;
    return table.deadlineNanoseconds(slot) < table.deadlineNanoseconds(other);
  }

  /** The way for a newcomer, emptied. */
  #makeRoom(door: CompiledDoor, { key0 }: Knock, isHold: boolean): Slot {
    const table = this.#table;
    const { tick } = this.#clock;
    const slot = table.wayFor(table.bucket(key0, door.lane), tick, isHold, this.#limits);
    if (slot !== NO_SLOT && !table.isFree(slot)) this.#end(slot);
    return slot;
  }

  /** Ends what nobody will come upon in time: timed out if its time is over, else evicted. */
  #end(slot: Slot): void {
    const table = this.#table;
    const stage = table.stage(slot);
    if (stage > 0) {
      const door = this.door(slot);
      const source = table.isTold(slot) ? this.#addressOf(slot) : undefined;
      // By ticks: the exact deadline lies in cold memory, and a told attempt has been expired by it before.
      if (table.age(slot, this.#clock.tick) >= door.window.ticks)
        this.#log.timeout(door, source, stage);
      else this.#log.evict(door, source, stage);
    }
    this.#forget(slot);
  }

  #forget(slot: Slot): void {
    if (this.#table.isTold(slot)) this.#timeouts.remove(slot, this.door(slot).windowId);
    this.#table.free(slot);
  }

  #setDeadline(
    slot: Slot,
    elapsed: number,
    nanoseconds: number,
    span: { readonly seconds: number; readonly nanoseconds: number },
  ): void {
    const sum = nanoseconds + span.nanoseconds;
    const carry = sum >= 1_000_000_000 ? 1 : 0;
    this.#table.setDeadline(slot, elapsed + span.seconds + carry, sum - carry * 1_000_000_000);
  }

  #tell(slot: Slot, { batch, row }: Knock): void {
    this.#table.tell(
      slot,
      batch.source0[row]!,
      batch.source1[row]!,
      batch.source2[row]!,
      batch.source3[row]!,
      (batch.traits[row]! & TRAIT.ipv6) === 0 ? 4 : 6,
    );
    this.#timeouts.add(slot, this.door(slot).windowId);
  }

  #addressOf(slot: Slot): Address {
    const word = (at: number): number => this.#table.addressWord(slot, at);
    return {
      family: word(4) === 6 ? 6 : 4,
      words: [word(0), word(1), word(2), word(3)],
    };
  }
}
