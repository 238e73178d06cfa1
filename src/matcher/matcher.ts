import type { Address } from '../tuple/address.ts';
import type { TupleBatch } from '../tuple/batch.ts';
import { COUNTERS } from '../tuple/columns.ts';
import { protocolName } from '../tuple/protocol.ts';
import { workerOf, type Sharing } from '../tuple/worker-of.ts';
import { AttemptTable, WAYS } from './attempt-table.ts';
import { Attempts } from './attempts.ts';
import type { BlockedSources } from './blocked-sources.ts';
import type { CompiledDoors, PortPlan } from './compile-doors.ts';
import { portKey, PORT_KEYS, type CompiledDoor, type PortKey } from './compiled-door.ts';
import type { Decision } from './decision.ts';
import { DecisionLog, type MatcherStats } from './decision-log.ts';
import { EncodedDoors } from './encoded/encoded-doors.ts';
import { IgnoredSources } from './ignored-sources.ts';
import { Knock } from './knock.ts';
import { KnockdRules } from './knockd-rules.ts';
import { LocalAddresses } from './local-addresses.ts';
import { PacketClock } from './packet-clock.ts';
import { ScanWatch, type Scan, type ScanOptions } from './scan-watch.ts';
import { SequenceRules } from './sequence-rules.ts';
import type { Placing } from './place.ts';
import type { TableMemory } from './table-memory.ts';

export interface MatcherOptions {
  /** Attempts that there is room for: a power of two, at least 4. Default 1,048,576, that is 16 MB of hot table. */
  readonly maxAttempts?: number;
  /** Decisions other than openings that are written down in a second of packet time; default 0, no limit. */
  readonly eventLinesPerSecond?: number;
  /** What makes a source a scanner; default: nobody looks for any. */
  readonly scans?: ScanOptions;
  /** Where the table of attempts lies; default: where V8 has room. */
  readonly memory?: TableMemory | undefined;
}

/** One of several matchers that go through the same packets. */
export interface Share {
  readonly sharing: Sharing;
  readonly index: number;
}

/** Which door follows another. */
type Successors = 'equal' | 'place' | 'none';

const DEFAULT_MAX_ATTEMPTS = 1 << 20;
const CHUNK = 64;
/** By protocol its first place in the dispatch table; all that no knock travels on share one. */
const FIRST_KEYS = Int32Array.from({ length: 256 }, (_, protocol) => {
  const name = protocolName(protocol);
  return name === undefined ? PORT_KEYS : portKey(name, 0);
});
const LAST_WHOLE = COUNTERS.indexOf('unwanted');

/** Follows every source through its knock sequences. No I/O and no clock: tuples carry the time. */
export class Matcher {
  readonly #clock: PacketClock = new PacketClock();
  readonly #knock: Knock = new Knock();
  readonly #log: DecisionLog;
  readonly #wanted: Int32Array = new Int32Array(CHUNK);
  readonly #ports: Int32Array = new Int32Array(CHUNK);
  readonly #keys: Int32Array = new Int32Array(CHUNK);
  readonly #ignored: IgnoredSources = new IgnoredSources(this.#clock);
  #blocked: BlockedSources | undefined;
  #scans: ScanWatch | undefined;
  #compiled: CompiledDoors;
  #attempts: Attempts;
  #rules: SequenceRules | KnockdRules;
  #encoded: EncodedDoors;

  constructor(compiled: CompiledDoors, options: MatcherOptions = {}) {
    const maxAttempts = options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS;
    if (maxAttempts < WAYS || Math.log2(maxAttempts) % 1 !== 0) {
      throw new RangeError(
        `maxAttempts must be a power of two from ${WAYS} on, not ${maxAttempts}`,
      );
    }
    this.#log = new DecisionLog(this.#clock, options.eventLinesPerSecond ?? 0);
    this.#compiled = compiled;
    const table = new AttemptTable(maxAttempts, options.memory);
    this.#attempts = new Attempts(compiled, table, this.#clock, this.#log);
    this.#rules = this.#makeRules();
    this.#encoded = this.#makeEncoded();
    this.watchFor(options.scans ?? {});
  }

  /**
   * Consumes a batch on loan, from a row on; nothing of it is kept. Appends what was decided to
   * `decisions`. Returns the row to go on with: the end of the batch, or the one behind an opening by a
   * one-time sequence, since the door has another sequence by then, or behind one that may have its source
   * ignored.
   */
  match(batch: TupleBatch, decisions: Decision[], fromRow: number = 0): number {
    this.#log.begin(decisions);
    for (let from = fromRow; from < batch.length; from += CHUNK) {
      const count = this.#sift(batch, from, Math.min(from + CHUNK, batch.length));
      for (let at = 0; at < count; at++) {
        this.#offer(batch, this.#wanted[at]!, this.#ports[at]!);
        if (this.#log.mustPause) return this.#wanted[at]! + 1;
      }
    }
    this.#attempts.settle();
    return batch.length;
  }

  /**
   * As `match`, for one of several matchers that go through the same packets: it follows the sources of
   * its share, and of others' packets the time counts. Nothing here depends on what comes of decisions.
   */
  matchShare(batch: TupleBatch, decisions: Decision[], share: Share, placing: Placing): void {
    const { length } = batch;
    const wanted = this.#wanted;
    this.#log.begin(decisions);
    for (let from = 0; from < length; from += CHUNK) {
      const count = this.#siftShare(batch, from, Math.min(from + CHUNK, length), share);
      for (let at = 0; at < count; at++) {
        const row = wanted[at]!;
        this.#attempts.packet = placing.firstPacket + (row < 0 ? ~row : row);
        if (row < 0) this.#pass(batch, ~row, this.#ports[at]!);
        else this.#offer(batch, row, this.#ports[at]!);
        this.#place(decisions, placing);
      }
    }
    this.#attempts.settle();
  }

  /** The destinations that count for doors without a target; undefined: every destination does. */
  setLocalAddresses(addresses: Iterable<Address> | undefined): void {
    this.#knock.local = addresses === undefined ? undefined : new LocalAddresses(addresses);
  }

  /** What makes a source a scanner from now on; counting begins anew. */
  watchFor(scans: ScanOptions): void {
    const isWanted = scans.ports !== undefined || scans.failures !== undefined;
    this.#scans = isWanted ? new ScanWatch(scans, this.#clock) : undefined;
    this.#log.onRefuse = scans.failures && ((knock): void => this.#scans?.fail(knock));
  }

  /** Sources that were found to scan since this was asked last. */
  takeScans(): readonly Scan[] {
    return this.#scans?.take() ?? [];
  }

  /** Sources whose knocks are counted and nothing else. */
  setBlocked(blocked: BlockedSources): void {
    this.#blocked = blocked.isEmpty ? undefined : blocked;
  }

  /**
   * Other doors from the next packet on. Attempts go on at doors that are as they were; by `place` at
   * the door that stands where theirs did, whatever it asks for now; or nowhere.
   */
  replaceDoors(compiled: CompiledDoors, attempts: Successors = 'equal'): void {
    const successors = successorsOf(this.#compiled.doors, compiled.doors, attempts);
    this.#compiled = compiled;
    this.#attempts = this.#attempts.succeededBy(compiled, successors);
    this.#rules = this.#makeRules();
    this.#encoded = this.#makeEncoded(this.#encoded);
  }

  /** Knocks of a source are not looked at for so long from the last packet on. */
  ignore(source: Address, seconds: number): void {
    this.#ignored.add(source, seconds);
  }

  /** Totals since the matcher was made. */
  stats(): MatcherStats {
    this.#encoded.sweepAll();
    return this.#log.stats();
  }

  /** Whether what follows the decisions of the last `match` may depend on what comes of them. */
  get isPaused(): boolean {
    return this.#log.mustPause;
  }

  /** Ways of the table in use; attempts that ran out unnoticed stay in the count until their way is needed. */
  get attempts(): number {
    return this.#attempts.used;
  }

  /**
   * Notes the rows that some door wants, and touches their buckets: the loads of a chunk are under way
   * together, where one by one each would be waited for (bench matcher-flood).
   */
  #sift({ protocol, port, key0 }: TupleBatch, from: number, to: number): number {
    const wanted = this.#wanted;
    const { dispatch } = this.#compiled;
    const ports = this.#ports;
    const keys = this.#keys;
    let count = 0;
    for (let row = from; row < to; row++) {
      const key = FIRST_KEYS[protocol[row]!]! + port[row]!;
      if (dispatch[key] === 0) continue; // all but a few packets end here
      ports[count] = key;
      keys[count] = key0[row]!;
      wanted[count++] = row;
    }
    this.#attempts.touch(keys, count);
    return count;
  }

  /** As `#sift`; rows of sources that are not this share's are noted as their complement. */
  #siftShare(batch: TupleBatch, from: number, to: number, { sharing, index }: Share): number {
    const { protocol, port, key0, source0, source1, source2, source3 } = batch;
    const wanted = this.#wanted;
    const { dispatch } = this.#compiled;
    const ports = this.#ports;
    const keys = this.#keys;
    let count = 0;
    let own = 0;
    for (let row = from; row < to; row++) {
      const key = FIRST_KEYS[protocol[row]!]! + port[row]!;
      if (dispatch[key] === 0) continue;
      ports[count] = key;
      const worker = workerOf(source0[row]!, source1[row]!, source2[row]!, source3[row]!, sharing);
      wanted[count++] = worker === index ? row : ~row;
      if (worker === index) keys[own++] = key0[row]!;
    }
    this.#attempts.touch(keys, own);
    return count;
  }

  /** A packet of a source that another matcher follows: what it says of the time. */
  #pass(batch: TupleBatch, row: number, port: PortKey): void {
    if (batch.verdict[row]! > LAST_WHOLE || this.#blocked?.has(batch, row) === true) return;
    const { dispatch, plans } = this.#compiled;
    const { doors } = plans[dispatch[port]! - 1]!;
    this.#knock.take(batch, row, port);
    if (!this.#compiled.isUnfiltered && !isForAny(doors, this.#knock)) return;
    this.#see(batch, row);
    this.#attempts.expire();
  }

  /** Notes of which packet the latest decisions and scans came; ends are decided on before all else. */
  #place(decisions: readonly Decision[], { places, scans }: Placing): void {
    const { ends, packet } = this.#attempts;
    for (let at = 0; places.length < decisions.length; at++) {
      const end = ends[at];
      places.push(end === undefined ? { packet } : { packet, end });
    }
    if (ends.length > 0) ends.length = 0; // a call, and nearly always for nothing
    const found = this.#scans?.found ?? 0;
    while (scans.length < found) scans.push(packet);
  }

  #offer(batch: TupleBatch, row: number, port: PortKey): void {
    if (batch.verdict[row]! > LAST_WHOLE) return; // in a dump: a reject that still shows its ports
    if (this.#blocked?.has(batch, row) === true) {
      this.#log.blocked++;
      return;
    }
    const knock = this.#knock;
    const { dispatch, plans } = this.#compiled;
    if (this.#ignored.size > 0 && this.#isIgnored(batch, row)) return;
    const plan = plans[dispatch[port]! - 1]!;
    knock.take(batch, row, port);
    if (this.#scans !== undefined && !plan.isTakenByDozens && knock.mayScan) {
      this.#scans.touch(knock);
    }
    if (plan.encoded.length > 0) this.#offerEncoded(plan, knock);
    if (!this.#compiled.isUnfiltered && !isForAny(plan.doors, knock)) return;
    this.#log.knocks++;
    this.#see(batch, row);
    this.#attempts.expire();
    this.#rules.offer(plan, knock);
  }

  /** Takes note of a packet's time. */
  #see({ seconds, nanoseconds }: TupleBatch, row: number): void {
    if (this.#clock.see(seconds[row]!, nanoseconds[row]!)) this.#attempts.forgetAll();
  }

  #isIgnored(batch: TupleBatch, row: number): boolean {
    this.#see(batch, row);
    if (!this.#ignored.has(batch, row)) return false;
    this.#log.ignored++;
    return true;
  }

  #offerEncoded({ encoded }: PortPlan, knock: Knock): void {
    if (!isForAny(encoded, knock)) return;
    const { batch, row } = knock;
    this.#log.knocks++;
    this.#see(batch, row);
    this.#encoded.offer(encoded, knock);
  }

  #makeEncoded(before?: EncodedDoors): EncodedDoors {
    const { doors } = this.#compiled;
    return new EncodedDoors(doors, this.#clock, this.#log, before);
  }

  #makeRules(): SequenceRules | KnockdRules {
    const isKnockd = this.#compiled.compat === 'knockd';
    return isKnockd ? new KnockdRules(this.#attempts) : new SequenceRules(this.#attempts);
  }
}

function isForAny(doors: readonly CompiledDoor[], knock: Knock): boolean {
  for (let at = 0; at < doors.length; at++) if (knock.isFor(doors[at]!)) return true;
  return false;
}

/** By index of a door before, the one where its attempts go on: equal is what matching sees no difference in. */
function successorsOf(
  before: readonly CompiledDoor[],
  now: readonly CompiledDoor[],
  which: Successors,
): readonly (CompiledDoor | undefined)[] {
  if (which !== 'equal') return which === 'place' ? now : [];
  const byContent = new Map<string, CompiledDoor[]>();
  for (const door of now) {
    const twins = byContent.get(contentOf(door));
    if (twins === undefined) byContent.set(contentOf(door), [door]);
    else twins.push(door);
  }
  return before.map((door) => byContent.get(contentOf(door))?.shift());
}

function contentOf(compiled: CompiledDoor): string {
  const { door, steps, flagMask, flagValue, vlan, window, hold } = compiled;
  const { name, target, wholeSeconds, attemptsPerSource, onWrongPort, ignoreRepeats } = door;
  const { allowFrom, cooldownSeconds } = door;
  return JSON.stringify([
    [name, target, wholeSeconds, attemptsPerSource, onWrongPort, ignoreRepeats],
    [allowFrom, cooldownSeconds],
    [steps, flagMask, flagValue, vlan, window, hold, door.shutBecause],
  ]);
}
