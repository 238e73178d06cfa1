import type { Door } from '../door/door.ts';
import {
  ANY_VLAN,
  anySizeKey,
  ECHO_KEYS,
  portKey,
  PORT_KEYS,
  span,
  stepKey,
  type CompiledDoor,
  type PortKey,
} from './compiled-door.ts';
import type { CodecOf } from './encoded/codec.ts';
import { usedKeys } from './encoded/used-keys.ts';
import type { Interest } from './interest.ts';
import { EVERY_PORT, interestOf } from './interest-of.ts';
import { SourceNetworks } from './source-networks.ts';
import { layTripwires, type PortsInUse } from './tripwires.ts';
import { assignLanes } from './lanes.ts';

export interface CompileOptions {
  /** Places the decoys: kept in the daemon's state folder, given by `--seed` in a replay; none without it. */
  readonly seed?: string | undefined;
  /** Ports where tripwires would catch the host's own clients. */
  readonly avoid?: PortsInUse | undefined;
  /** 0.8's rules: what is in progress keeps other doors from starting. */
  readonly compat?: 'knockd' | undefined;
  /** Every packet reaches every door, listed port or not: what 0.8 does where it has no filter to set. */
  readonly isUnfiltered?: boolean;
  /** What reads encoded knocks; without it nobody can, and the ports are wanted all the same. */
  readonly codecOf?: CodecOf | undefined;
  /** TCP ports that are wanted though no door is about them: who touches many of them scans. */
  readonly watch?: readonly PortSpan[] | undefined;
}

export interface PortSpan {
  readonly from: number;
  readonly to: number;
}

/** What a packet to one port means. A port is either a step of some door or only a tripwire. */
export interface PortPlan {
  readonly kind: 'step' | 'tripwire';
  /** The doors that list the port, or whose tripwire it is. */
  readonly doors: readonly CompiledDoor[];
  /** Of these, the ones that begin with it. */
  readonly starts: readonly CompiledDoor[];
  /** The doors on whose spans the port lies. */
  readonly encoded: readonly CompiledDoor[];
  /** Whether a right knock takes dozens of such ports, so that touching them is no sign of a scan. */
  readonly isTakenByDozens: boolean;
}

/** Doors turned into one value from which kernel filter, port bitmap and matching all come. */
export interface CompiledDoors {
  readonly doors: readonly CompiledDoor[];
  readonly interest: Interest;
  /** By port key, and behind them as many places for what has none: 0 if nobody wants it, else one more than the index of its plan. */
  readonly dispatch: Int32Array;
  readonly plans: readonly PortPlan[];
  /** How many buckets a source's attempts may lie in. */
  readonly lanes: number;
  /** How many different windows the doors have. */
  readonly windows: number;
  readonly compat: 'knockd' | undefined;
  readonly isUnfiltered: boolean;
}

/** Compiles doors. Tripwires depend on all of the doors, on the seed and on the ports in use. */
export function compileDoors(doors: readonly Door[], options: CompileOptions = {}): CompiledDoors {
  const tripwires = layTripwires(doors, options.seed, options.avoid ?? {});
  const lanes = assignLanes(doors);
  const isUnfiltered = options.isUnfiltered === true;
  const windows = new Numbering();
  const scopes = new Numbering();
  const compiled = doors.map((door, index): CompiledDoor => {
    return {
      door,
      index,
      steps: door.steps.map(stepKey),
      tripwires: tripwires[index]!,
      encoded:
        door.encoded === undefined
          ? undefined
          : { span: door.encoded.span, codec: options.codecOf?.(door) },
      scopeId: scopes.of(door.flags, door.vlan, door.target, door.allowFrom),
      flagMask: door.flags.mask,
      flagValue: door.flags.value,
      vlan: door.vlan === 'any' ? ANY_VLAN : door.vlan,
      sources: door.allowFrom === undefined ? undefined : new SourceNetworks(door.allowFrom),
      window: span(door.windowSeconds),
      wholeSeconds: door.wholeSeconds,
      windowId: windows.of(door.windowSeconds, door.wholeSeconds),
      hold: span(door.tripwireHoldSeconds),
      attemptsPerSource: door.attemptsPerSource,
      resets: door.onWrongPort === 'reset',
      ignoresRepeats: door.ignoreRepeats,
      lane: lanes[index]!,
    };
  });
  const interest = isUnfiltered ? EVERY_PORT : interestOf(compiled);
  const plan = planPorts(compiled, isUnfiltered);
  const { watch = [] } = options;
  if (watch.length > 0 && passesSynAlone(interest)) watchPorts(watch, interest, plan);
  return {
    doors: compiled,
    interest,
    ...plan,
    lanes: 1 + Math.max(0, ...lanes),
    windows: windows.size,
    compat: options.compat,
    isUnfiltered,
  };
}

/** Gives equal things one number: 0, 1, 2 as they come. */
class Numbering {
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#numbers.size;
  }

  of(...thing: readonly unknown[]): number {
    const name = JSON.stringify(thing);
    const number = this.#numbers.get(name) ?? this.size;
    this.#numbers.set(name, number);
    return number;
  }
}

/** The two of `CompiledDoors`, while they are made. */
interface Plans {
  readonly dispatch: Int32Array;
  readonly plans: PortPlan[];
}

function planPorts(doors: readonly CompiledDoor[], isUnfiltered: boolean): Plans {
  const listing = gather(doors, ({ steps }) => steps);
  const tripping = gather(doors, ({ tripwires }) => tripwires);
  const dispatch = new Int32Array(PORT_KEYS + 0x1_0000);
  const plans: PortPlan[] = [];
  if (isUnfiltered) dispatch.fill(plans.push({ ...NO_PLAN, doors }), 0, ECHO_KEYS);
  for (const [key, wanting] of listing) {
    const any = anySizeKey(key);
    if (key === any) planSizes(dispatch, key, plans.push(stepPlan(wanting, [key])));
  }
  for (const [key, wanting] of listing) {
    const any = anySizeKey(key);
    if (key === any) continue;
    const both = new Set([...wanting, ...(listing.get(any) ?? [])]);
    dispatch[key] = plans.push(
      stepPlan(
        doors.filter((door) => both.has(door)),
        [key, any],
      ),
    );
  }
  for (const [key, wanting] of tripping) {
    dispatch[key] = plans.push({ ...NO_PLAN, kind: 'tripwire', doors: wanting });
  }
  planSpans(doors, dispatch, plans);
  return { dispatch, plans };
}

/** Where whole connections would come up here, nothing is watched that no door wants. */
function passesSynAlone({ tcpFlags: { mask, value } }: Interest): boolean {
  return (mask & value & 0x02) !== 0;
}

function watchPorts(
  spans: readonly PortSpan[],
  { tcp }: Interest,
  { dispatch, plans }: Plans,
): void {
  const watched = plans.push(NO_PLAN);
  for (const { from, to } of spans) {
    for (let port = from; port <= to; port++) {
      tcp[port >> 3]! |= 1 << (port & 7);
      const key = portKey('tcp', port);
      if (dispatch[key] === 0) dispatch[key] = watched;
    }
  }
}

function stepPlan(doors: readonly CompiledDoor[], keys: readonly PortKey[]): PortPlan {
  const starts = doors.filter(({ steps, door }) => keys.includes(steps[0]!) && !door.shutBecause);
  return { ...NO_PLAN, doors, starts };
}

/** Ports of spans: those that no sequence knows share a plan, the others have what they had besides. */
function planSpans(doors: readonly CompiledDoor[], dispatch: Int32Array, plans: PortPlan[]): void {
  for (const door of doors) {
    const widened = new Map<number, number>();
    const kind = door.door.encoded?.kind;
    const isByDozens = kind === 'sealed' || kind === 'legacy';
    for (const key of usedKeys(door)) {
      const before = dispatch[key]!;
      if (!widened.has(before)) {
        const plan = plans[before - 1] ?? NO_PLAN;
        const encoded = [...plan.encoded, door];
        const isTakenByDozens = plan.isTakenByDozens || isByDozens;
        widened.set(before, plans.push({ ...plan, encoded, isTakenByDozens }));
      }
      dispatch[key] = widened.get(before)!;
    }
  }
}

const NO_PLAN: PortPlan = {
  kind: 'step',
  doors: [],
  starts: [],
  encoded: [],
  isTakenByDozens: false,
};

/** A port has one key; echo requests of any size have all keys of their protocol but the step's own. */
function planSizes(dispatch: Int32Array, key: PortKey, plan: number): void {
  if (key < ECHO_KEYS) dispatch[key] = plan;
  else dispatch.fill(plan, key & ~0xffff, key);
}

function gather(
  doors: readonly CompiledDoor[],
  keysOf: (door: CompiledDoor) => readonly PortKey[],
): Map<PortKey, CompiledDoor[]> {
  const byKey = new Map<PortKey, CompiledDoor[]>();
  for (const door of doors) {
    for (const key of new Set(keysOf(door))) {
      const wanting = byKey.get(key);
      if (wanting === undefined) byKey.set(key, [door]);
      else wanting.push(door);
    }
  }
  return byKey;
}
