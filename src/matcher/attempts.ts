import { sourceAt } from '../tuple/batch-address.ts';
import { TRAIT } from '../tuple/batch.ts';
import { AttemptTable, tickLimits, WAYS, type Slot, type TickLimits } from './attempt-table.ts';
import { Cooldown } from './cooldown.ts';
import type { CompiledDoors } from './compile-doors.ts';
import type { CompiledDoor, Span } from './compiled-door.ts';
import type { RefuseReason } from './decision.ts';
import type { DecisionLog } from './decision-log.ts';
import { FoundAttempts } from './found-attempts.ts';
import type { Knock } from './knock.ts';
import type { PacketClock } from './packet-clock.ts';
import type { AttemptEnd } from './place.ts';
import { passingMemory } from './table-memory.ts';
import { TimeoutQueue } from './timeout-queue.ts';

const ANY_DOOR = -1;
const UNCOUNTED = -1;
const TOUCHED_LANES = 4; // more would fall out of the cache again before they are asked for

/**
 * The life of attempts and holds: they begin, advance, open their door, end. What a packet means is the
 * business of the rules that call this; here its consequences are carried out, counted and told.
 */
export class Attempts {
  /** What `find` found. */
  readonly found: FoundAttempts;
  /** What `touch` came upon: of no meaning, but a use. */
  touched = 0;
  /** Which packet it is that attempts begin with, where anybody counts. */
  packet: number = UNCOUNTED;
  /** The attempts that ended by themselves and were told of, where somebody counts packets and empties this. */
  readonly ends: AttemptEnd[] = [];
  readonly #doors: readonly CompiledDoor[];
  readonly #lanes: number;
  readonly #table: AttemptTable;
  readonly #timeouts: TimeoutQueue;
  readonly #limits: TickLimits;
  /** By door; undefined where a source may open again at once. */
  readonly #cooldowns: readonly (Cooldown | undefined)[];
  readonly #clock: PacketClock;
  readonly #log: DecisionLog;

  /** `table` is empty. */
  constructor(compiled: CompiledDoors, table: AttemptTable, clock: PacketClock, log: DecisionLog) {
    this.#doors = compiled.doors;
    this.#lanes = compiled.lanes;
    this.#table = table;
    this.found = new FoundAttempts(table, compiled.lanes * WAYS);
    this.#timeouts = new TimeoutQueue(table, compiled.windows);
    this.#limits = tickLimits(
      Uint32Array.from(compiled.doors, ({ window }) => window.ticks),
      Uint32Array.from(compiled.doors, ({ hold }) => hold.ticks),
    );
    this.#cooldowns = compiled.doors.map(({ door: { cooldownSeconds } }) =>
      cooldownSeconds === undefined ? undefined : new Cooldown(clock, cooldownSeconds),
    );
    this.#clock = clock;
    this.#log = log;
  }

  /** Ways of the table in use. */
  get used(): number {
    return this.#table.used;
  }

  /** Between batches: a table that fills may have its memory put in order. */
  settle(): void {
    this.#table.settle();
  }

  /** Has the memory of these sources' buckets fetched, for the `find`s that follow soon. */
  touch(keys: Int32Array, count: number): void {
    const lanes = Math.min(this.#lanes, TOUCHED_LANES);
    for (let lane = 0; lane < lanes; lane++) this.touched ^= this.#table.touch(keys, count, lane);
  }

  /** Tells of the attempts whose time is up, in the order in which it was up. */
  expire(): void {
    while (this.#clock.elapsed >= this.#timeouts.dueSeconds) {
      const slot = this.#timeouts.first();
      if (slot < 0 || !this.#isOver(slot)) return;
      this.#endFirst(slot);
    }
  }

  /** Gathers this source's attempts and holds into `found`; how many there are. */
  find({ key0, key1 }: Knock): number {
    const table = this.#table;
    let count = 0;
    for (let lane = 0; lane < this.#lanes; lane++) {
      count = table.scan(table.bucket(key0, lane), key0, key1, this.found.slots, count);
    }
    return count === 0 ? 0 : this.#keepAlive(count, ANY_DOOR);
  }

  /** This source's attempts and holds at one door, gathered likewise. */
  findAt({ key0, key1 }: Knock, door: CompiledDoor): number {
    const bucket = this.#table.bucket(key0, door.lane);
    const count = this.#table.scan(bucket, key0, key1, this.found.slots, 0);
    return this.#keepAlive(count, door.index);
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
      this.#open(door, knock);
      return;
    }
    const slot = this.#put(door, knock, 1, door.window);
    if (isTold) this.#tell(slot, knock);
  }

  /** The knock that was waited for. */
  advance(slot: Slot, knock: Knock): void {
    const door = this.door(slot);
    const stage = this.#table.stage(slot) + 1;
    const isTold = this.#log.stage(door, knock, stage);
    if (stage === door.steps.length) {
      this.#open(door, knock);
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
    this.#put(door, knock, 0, door.hold);
  }

  /** Everything under way is over: packet time has left all windows behind. */
  forgetAll(): void {
    while (this.#timeouts.first() >= 0) this.#endFirst(this.#timeouts.first());
    for (let slot = 0; this.#table.used > 0 && slot < this.#table.capacity; slot++) {
      if (!this.#table.isFree(slot)) this.#timeOut(slot);
    }
    for (const cooldown of this.#cooldowns) cooldown?.clear();
  }

  /**
   * Those that follow these, with other doors and in the same memory: fresh memory of this size is slow to
   * come by, and is collected while somebody knocks. What stands at a door here goes on at the one that
   * `doorOf` gives for its index. These are of no use any more.
   */
  succeededBy(compiled: CompiledDoors, doorOf: readonly (CompiledDoor | undefined)[]): Attempts {
    const left = this.#moveOut();
    const next = new Attempts(compiled, this.#table, this.#clock, this.#log);
    for (let slot = 0; slot < left.used; slot++) {
      const door = doorOf[left.doorIndex(slot)];
      if (door !== undefined) next.#moveIn(left, slot, door);
    }
    next.#adoptCooldowns(this);
    return next;
  }

  /** Cooldowns go on by their doors' names: who has opened a door waits, whatever its next knock is. */
  #adoptCooldowns(other: Attempts): void {
    const left = [...other.#doors];
    for (const { index, door } of this.#doors) {
      const at = left.findIndex(({ door: { name, cooldownSeconds } }) => {
        return name === door.name && cooldownSeconds === door.cooldownSeconds;
      });
      const [before] = at < 0 ? [] : left.splice(at, 1);
      const cooldown = before === undefined ? undefined : other.#cooldowns[before.index];
      if (cooldown !== undefined) this.#cooldowns[index]?.adopt(cooldown);
    }
  }

  #open(door: CompiledDoor, knock: Knock): void {
    const cooldown = this.#cooldowns[door.index];
    if (cooldown === undefined || cooldown.admits(sourceAt(knock.batch, knock.row))) {
      this.#log.open(door, knock);
    } else {
      this.#log.refuse(door, knock, door.steps.length, 'cooldown');
    }
  }

  /**
   * Empties the table into one that is just large enough, whose ways are in use one behind the other: first
   * those told of, by their ends. It is garbage soon.
   */
  #moveOut(): AttemptTable {
    const table = this.#table;
    const capacity = Math.max(WAYS, 2 ** Math.ceil(Math.log2(table.used)));
    const out = new AttemptTable(capacity, passingMemory);
    const move = (slot: Slot): void => {
      out.copy(out.used, table, slot, table.doorIndex(slot));
      table.free(slot);
    };
    for (const slot of this.#timeouts.slots()) move(slot);
    for (let slot = 0; table.used > 0; slot++) if (!table.isFree(slot)) move(slot);
    return out;
  }

  #moveIn(from: AttemptTable, slot: Slot, door: CompiledDoor): void {
    const stage = from.stage(slot);
    if (stage >= door.steps.length) return;
    const bucket = this.#table.bucket(from.key0(slot), door.lane);
    const to = this.#table.wayFor(bucket, this.#clock.tick, stage === 0, this.#limits);
    if (to < 0) return;
    if (!this.#table.isFree(to)) this.#oust(to);
    this.#table.copy(to, from, slot, door.index);
    if (from.isTold(slot)) this.#timeouts.add(to, door.windowId);
  }

  /**
   * Of what was scanned, drops what is over and sorts the rest; the count left. Two lanes of a small
   * table may be one bucket and see the same ways twice.
   */
  #keepAlive(scanned: number, onlyDoor: number): number {
    const { found } = this;
    let count = 0;
    for (let at = 0; at < scanned; at++) {
      const slot = found.slots[at]!;
      if (onlyDoor !== ANY_DOOR && this.#table.doorIndex(slot) !== onlyDoor) continue;
      if (found.has(slot, count)) continue;
      if (this.#isAlive(slot)) count = found.sortIn(slot, count);
    }
    return count;
  }

  #isAlive(slot: Slot): boolean {
    if (this.#table.isFree(slot)) return false; // seen before, and ended
    if (!this.#isOver(slot)) return true;
    this.#timeOut(slot);
    return false;
  }

  #isOver(slot: Slot): boolean {
    const { elapsed, nanoseconds } = this.#clock;
    const seconds = this.#table.deadlineSeconds(slot);
    return (
      elapsed > seconds ||
      (elapsed === seconds && nanoseconds >= this.#table.deadlineNanoseconds(slot))
    );
  }

  /** The end of the attempt that is over first. */
  #endFirst(slot: Slot): void {
    if (this.packet === UNCOUNTED) return this.#timeOut(slot);
    this.ends.push({
      seconds: this.#table.deadlineSeconds(slot),
      nanoseconds: this.#table.deadlineNanoseconds(slot),
      windowId: this.door(slot).windowId,
      since: this.#table.since(slot),
    });
    this.#timeOut(slot);
  }

  /** A hold just ends. */
  #timeOut(slot: Slot): void {
    const stage = this.#table.stage(slot);
    if (stage > 0) this.#end(slot, stage, true);
    this.#forget(slot);
  }

  /** Counts the end of an attempt by its time or by another's, and tells of it if a line told of the attempt. */
  #end(slot: Slot, stage: number, isTimeout: boolean): void {
    this.#log.end(isTimeout);
    if (this.#table.isTold(slot)) {
      this.#log.tellEnd(this.door(slot), this.#table.source(slot), stage, isTimeout);
    }
  }

  /** Gives a newcomer its way, which may be another's; negative if a hold finds none. */
  #put(door: CompiledDoor, { key0, key1 }: Knock, stage: number, span: Span): Slot {
    const table = this.#table;
    const { elapsed, nanoseconds, tick } = this.#clock;
    const slot = table.wayFor(table.bucket(key0, door.lane), tick, stage === 0, this.#limits);
    if (slot < 0) return slot;
    if (!table.isFree(slot)) this.#oust(slot);
    const sum = (door.wholeSeconds && stage > 0 ? 0 : nanoseconds) + span.nanoseconds;
    const carry = sum < 1_000_000_000 ? 0 : 1;
    const deadline = elapsed + span.seconds + carry;
    table.put(slot, key0, key1, door.index, stage, tick, deadline, sum - carry * 1_000_000_000);
    return slot;
  }

  /**
   * What holds a way is over, or has to go: the way is another's next. By ticks: the exact deadline lies in
   * cold memory. It does what `#end` does, and asks once whether a line told of it (1.05 by a call, bench).
   */
  #oust(slot: Slot): void {
    const table = this.#table;
    const stage = table.stage(slot);
    const isTold = table.isTold(slot);
    if (stage > 0) {
      const isTimeout = table.isOver(slot, this.#clock.tick, this.#limits);
      this.#log.end(isTimeout);
      if (isTold) this.#log.tellEnd(this.door(slot), table.source(slot), stage, isTimeout);
    }
    if (isTold) this.#timeouts.remove(slot, this.door(slot).windowId);
  }

  #forget(slot: Slot): void {
    if (this.#table.isTold(slot)) this.#timeouts.remove(slot, this.door(slot).windowId);
    this.#table.free(slot);
  }

  #tell(slot: Slot, { batch, row }: Knock): void {
    this.#table.tell(
      slot,
      batch.source0[row]!,
      batch.source1[row]!,
      batch.source2[row]!,
      batch.source3[row]!,
      (batch.traits[row]! & TRAIT.ipv6) === 0 ? 4 : 6,
      this.packet,
    );
    this.#timeouts.add(slot, this.door(slot).windowId);
  }
}
