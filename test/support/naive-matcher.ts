import type { CompiledDoors } from '../../src/matcher/compile-doors.ts';
import {
  portKey,
  protocolOf,
  stepKey,
  type CompiledDoor,
  type PortKey,
} from '../../src/matcher/compiled-door.ts';
import { maskAddress, parseAddress, sameAddress } from '../../src/tuple/address.ts';
import { transportOf, type Packet } from './tuples.ts';

interface Attempt {
  readonly source: string;
  readonly door: CompiledDoor;
  readonly start: number; // nanoseconds
  stage: number;
}

/**
 * The matching rules once more, as plainly as they can be said: lists, searches, no table. Time is in
 * nanoseconds of a packet time small enough for a number. Tripwires are taken from the compiled doors;
 * every destination is the host's own.
 */
export class NaiveMatcher {
  readonly log: string[] = [];
  #attempts: Attempt[] = [];
  #holds: { source: string; door: CompiledDoor; end: number }[] = [];
  #cooling: { source: string; door: CompiledDoor; end: number }[] = [];
  #now = 0;

  readonly compiled: CompiledDoors;

  constructor(compiled: CompiledDoors) {
    this.compiled = compiled;
  }

  offer(packet: Packet): void {
    const { doors } = this.compiled;
    const source = packet.from ?? '203.0.113.9';
    const key = keyOf(packet);
    const looking = doors.filter((door) => looksAt(door, packet));
    const listing = looking.filter(({ steps }) => steps.some((step) => isHit(step, key)));
    const tripped = looking.filter(({ tripwires }) => tripwires.includes(key));
    if (listing.length + tripped.length === 0) return;
    this.#now = Math.max(this.#now, nanosecondsOf(packet));
    this.#expire();
    for (const door of tripped) this.#trip(source, door);
    if (listing.length === 0) return;
    if (this.compiled.compat === 'knockd') this.#offerLikeKnockd(source, key, packet, looking);
    else for (const door of looking) this.#offerTo(source, key, door);
  }

  #offerTo(source: string, key: number, door: CompiledDoor): void {
    const mine = this.#attempts.filter((one) => one.source === source && one.door === door);
    mine.sort((a, b) => b.stage - a.stage || deadline(a) - deadline(b));
    const isFirst = isHit(door.steps[0], key);
    if (this.#isHeld(source, door)) {
      if (isFirst) this.#say(source, door, 'refuse 0: held');
      return;
    }
    const waiting = mine.find(({ stage }) => isHit(door.steps[stage], key));
    if (waiting !== undefined) return this.#advance(waiting);
    const isRepeat = mine.some(({ stage }) => isHit(door.steps[stage - 1], key));
    if (isRepeat && door.ignoresRepeats) return;
    if (isFirst && mine.length < door.attemptsPerSource) return this.#start(source, door);
    if (door.resets) for (const one of mine) this.#refuse(one, 'wrong port');
  }

  #offerLikeKnockd(source: string, key: number, packet: Packet, looking: CompiledDoor[]): void {
    const mine = this.#attempts.filter((one) => one.source === source && reaches(one.door, packet));
    mine.sort((a, b) => a.door.index - b.door.index);
    for (const one of mine) {
      if (!looking.includes(one.door)) continue;
      if (isHit(one.door.steps[one.stage], key)) this.#advance(one);
      else this.#refuse(one, 'wrong port');
    }
    if (mine.length > 0) return;
    for (const door of looking) if (isHit(door.steps[0], key)) this.#start(source, door);
  }

  #start(source: string, door: CompiledDoor): void {
    const start = door.wholeSeconds ? this.#now - (this.#now % 1e9) : this.#now;
    const attempt = { source, door, start, stage: 0 };
    this.#attempts.push(attempt);
    this.#advance(attempt);
  }

  #advance(attempt: Attempt): void {
    attempt.stage++;
    this.#say(attempt.source, attempt.door, `stage ${attempt.stage}`);
    if (attempt.stage < attempt.door.steps.length) return;
    const { source, door } = attempt;
    if (this.#cooling.some((one) => one.source === source && one.door === door)) {
      this.#say(source, door, `refuse ${attempt.stage}: cooldown`);
    } else {
      this.#say(source, door, 'open');
      const { cooldownSeconds } = door.door;
      if (cooldownSeconds !== undefined) {
        this.#cooling.push({ source, door, end: this.#now + cooldownSeconds * 1e9 });
      }
    }
    this.#drop(attempt);
  }

  #trip(source: string, door: CompiledDoor): void {
    if (this.#isHeld(source, door)) return;
    const mine = this.#attempts.filter((one) => one.source === source && one.door === door);
    mine.sort((a, b) => b.stage - a.stage || deadline(a) - deadline(b));
    for (const one of mine) this.#refuse(one, 'tripwire');
    this.#holds.push({ source, door, end: this.#now + door.door.tripwireHoldSeconds * 1e9 });
  }

  #expire(): void {
    const over = this.#attempts.filter((one) => deadline(one) <= this.#now);
    over.sort((a, b) => deadline(a) - deadline(b) || a.door.windowId - b.door.windowId);
    for (const one of over) {
      this.#say(one.source, one.door, `timeout ${one.stage}`);
      this.#drop(one);
    }
    this.#holds = this.#holds.filter(({ end }) => end > this.#now);
    this.#cooling = this.#cooling.filter(({ end }) => end > this.#now);
  }

  #isHeld(source: string, door: CompiledDoor): boolean {
    return this.#holds.some((hold) => hold.source === source && hold.door === door);
  }

  #refuse(attempt: Attempt, reason: string): void {
    this.#say(attempt.source, attempt.door, `refuse ${attempt.stage}: ${reason}`);
    this.#drop(attempt);
  }

  #drop(attempt: Attempt): void {
    this.#attempts = this.#attempts.filter((one) => one !== attempt);
  }

  #say(source: string, { door }: CompiledDoor, what: string): void {
    this.log.push(`${source} ${door.name} ${what}`);
  }
}

function keyOf(packet: Packet): PortKey {
  return portKey(...transportOf(packet));
}

/** A step of any size is one that only says `icmp`. */
function isHit(step: PortKey | undefined, key: PortKey): boolean {
  const isAny = [stepKey({ protocol: 'icmp' }), stepKey({ protocol: 'icmp6' })].includes(step!);
  return isAny ? protocolOf(key) === protocolOf(step!) : step === key;
}

function looksAt(door: CompiledDoor, packet: Packet): boolean {
  const hasFlags =
    packet.tcp === undefined || ((packet.flags ?? 2) & door.flagMask) === door.flagValue;
  return hasFlags && reaches(door, packet);
}

function reaches({ door }: CompiledDoor, packet: Packet): boolean {
  if (door.vlan !== 'any' && door.vlan !== (packet.vlan ?? 0)) return false;
  const source = parseAddress(packet.from ?? '203.0.113.9')!;
  const { allowFrom = [{ address: maskAddress(source, 0), prefix: 0 }] } = door;
  return allowFrom.some(({ address, prefix }) => sameAddress(maskAddress(source, prefix), address));
}

function deadline({ start, door }: Attempt): number {
  return start + door.door.windowSeconds * 1e9;
}

function nanosecondsOf({ at = 0, nanoseconds }: Packet): number {
  const seconds = Math.floor(at);
  return seconds * 1e9 + (nanoseconds ?? Math.round((at - seconds) * 1e9));
}
