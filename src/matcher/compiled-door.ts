import type { Door } from '../door/door.ts';
import type { Step } from '../door/step.ts';
import { NO_ECHO, type EchoProtocol, type PortProtocol } from '../tuple/protocol.ts';
import type { CompiledEncoded } from './encoded/encoded-doors.ts';
import type { SourceNetworks } from './source-networks.ts';

/**
 * A protocol and port as one number: 65,536 ports of TCP, as many of UDP; then by its size the echo
 * requests of ICMP, and those of ICMPv6.
 */
export type PortKey = number;

export const PORT_KEYS = 0x4_0000;
/** Keys from here on are sizes of echo requests. */
export const ECHO_KEYS = 0x2_0000;
const PROTOCOLS = ['tcp', 'udp', 'icmp', 'icmp6'] as const;

export function portKey(protocol: PortProtocol | EchoProtocol, port: number): PortKey {
  return (PROTOCOLS.indexOf(protocol) << 16) | port;
}

export function protocolOf(key: PortKey): PortProtocol | EchoProtocol {
  return PROTOCOLS[key >> 16]!;
}

/** The key of a step. For echo requests of any size it is one that no packet has. */
export function stepKey(step: Step): PortKey {
  return portKey(step.protocol, 'port' in step ? step.port : (step.size ?? NO_ECHO));
}

/** The key of the step that an echo request of any size is; of a packet to a port its own. */
export function anySizeKey(key: PortKey): PortKey {
  return key < ECHO_KEYS ? key : key | NO_ECHO;
}

export function portOf(key: PortKey): number {
  return key & 0xffff;
}

/** No VLAN test: all frames count. */
export const ANY_VLAN = -1;

/** A span of packet time, in the two parts that the clock counts in. */
export interface Span {
  readonly seconds: number;
  readonly nanoseconds: number;
  /** In 1/1024 s, rounded up so that nothing is over by ticks before it is over by the clock. */
  readonly ticks: number;
}

export function span(seconds: number): Span {
  const whole = Math.max(0, Math.floor(seconds));
  return {
    seconds: whole,
    nanoseconds: seconds > 0 ? Math.round((seconds - whole) * 1e9) : 0,
    ticks: Math.min(0xffff_ffff, Math.ceil(Math.max(0, seconds) * 1024) + 2),
  };
}

/** A door as the hot loop reads it: all of its tests as plain numbers. */
export interface CompiledDoor {
  readonly door: Door;
  /** Its place in the configuration, which is also the order of decisions about one packet. */
  readonly index: number;
  readonly steps: readonly PortKey[];
  readonly tripwires: readonly PortKey[];
  /** Undefined: its knock is a sequence. */
  readonly encoded: CompiledEncoded | undefined;
  /** Doors with one scope look at the same packets, ports apart. */
  readonly scopeId: number;
  readonly flagMask: number;
  readonly flagValue: number;
  /** `ANY_VLAN`, or the id that frames must have (0: untagged). */
  readonly vlan: number;
  /** Undefined: knocks may come from anywhere. */
  readonly sources: SourceNetworks | undefined;
  readonly window: Span;
  readonly wholeSeconds: boolean;
  /** Doors with equal windows time out in the order in which their attempts began. */
  readonly windowId: number;
  readonly hold: Span;
  readonly attemptsPerSource: number;
  readonly resets: boolean;
  readonly ignoresRepeats: boolean;
  /** Which of a source's buckets holds its attempts at this door. */
  readonly lane: number;
}
