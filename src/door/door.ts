import type { Address } from '../tuple/address.ts';
import type { FlagTest } from '../tuple/flags.ts';
import type { Network } from '../tuple/network.ts';
import type { PortProtocol } from '../tuple/protocol.ts';
import type { Action, Offer } from './action.ts';
import type { Encoded } from './encoded.ts';
import type { Step } from './step.ts';

/** Ports that a door opens: `from` equals `to` for a single one. */
export interface OpenPorts {
  readonly protocol: PortProtocol;
  readonly from: number;
  readonly to: number;
  /** Where connections to a single port go instead; undefined: they stay here. */
  readonly forward?: Forward;
}

/** A port of another machine, behind this host. */
export interface Forward {
  readonly address: Address;
  readonly port: number;
}

/** How long a door stays open for who is connected. */
export interface WhileConnected {
  /** A source that has sent something may be silent for so long. */
  readonly idleSeconds: number;
  /** It ends after this time, whatever is sent. */
  readonly maxOpenSeconds: number;
}

/** A set in a table that is not ours. */
export interface SetPlace {
  /** As in `inet filter`. */
  readonly table: string;
  readonly name: string;
}

/** The sets for sources of either family; at least one. */
export interface UsedSets {
  readonly ipv4?: SetPlace;
  readonly ipv6?: SetPlace;
}

/** Start and stop commands as knockd runs them. */
export interface DoorCommands {
  readonly start?: string;
  /** Given but empty is not a fallback: then nothing runs for IPv6. */
  readonly start6?: string;
  readonly stop?: string;
  readonly stop6?: string;
  /** In place of all of these: a program and its arguments, without a shell. */
  readonly run?: readonly [string, ...string[]];
  /** Seconds from the start command's end to the stop command; undefined: at the grant's end, else 10. */
  readonly timeoutSeconds?: number;
}

/** A door: the knock that opens it, and what opens. */
export interface Door {
  readonly name: string;
  /** What an action opens or runs: nobody knocks at it. */
  readonly isAction?: true;
  /** At least one, at most 32; none where the knock is encoded, and at what nobody knocks at. */
  readonly steps: readonly Step[];
  /** From the first knock to the last, by packet time. */
  readonly windowSeconds: number;
  /** Judged on TCP knocks. */
  readonly flags: FlagTest;
  /** The destination that knocks must have; undefined: any of the host's own addresses. */
  readonly target?: Address;
  /** A target that is no address, or not written as 0.8 would have it: then no packet has it. */
  readonly targetText?: string;
  /** Which frames count: untagged ones (0), those of one VLAN (1 to 4094), or all. */
  readonly vlan: number | 'any';
  /** Networks that knocks must come from; undefined: from anywhere. */
  readonly allowFrom?: readonly Network[];
  readonly open: readonly OpenPorts[];
  readonly openForSeconds: number;
  /** A grant is renewed, again and again, until somebody closes it. */
  readonly holds?: true;
  /** Length of the prefix that an IPv4 grant covers, 32 for one address. */
  readonly openPrefix4: number;
  /** The same for IPv6, 128 for one address. */
  readonly openPrefix6: number;
  /** What becomes of sessions when a grant ends: `cut` means that each packet to these ports needs one. */
  readonly onExpire: 'leave' | 'cut';
  /** Whether a right knock while the door is open moves its end. */
  readonly renews: boolean;
  /** The door stays open while its sessions speak; undefined: it does not care for sessions. */
  readonly whileConnected?: WhileConnected;
  /** Whether the ports in `open` are shut for all who have no grant. */
  readonly guard: boolean;
  /** Sets of the administrator's that its grants go into; undefined: into our own. Then it guards nothing. */
  readonly useSet?: UsedSets;
  /** Grants of this door at one time; undefined: as many as the set holds. */
  readonly maxGrants?: number;
  /** For so long a source that knocked rightly can't open again; undefined: it can at once. */
  readonly cooldownSeconds?: number;
  readonly commands?: DoorCommands;
  /** What else a right knock does, in order. */
  readonly actions?: readonly Action[];
  /** What a sealed knock may choose in place of opening the door. */
  readonly offers?: readonly Offer[];
  /** Path of a file of one-time sequences. */
  readonly oneTimeSequences?: string;
  /** A knock that says something, in place of steps. */
  readonly encoded?: Encoded;
  /** A knock that some door lists but this attempt does not wait for: does it end the attempt? */
  readonly onWrongPort: 'reset' | 'ignore';
  /** Whether a repeat of the port just hit is ignored (a retransmission). */
  readonly ignoreRepeats: boolean;
  /** Attempts of one source that may run side by side at this door. */
  readonly attemptsPerSource: number;
  /** How long a source that hit a tripwire is held off; 0: no tripwires. */
  readonly tripwireHoldSeconds: number;
  /** The window is judged as 0.8 does: both times cut to whole seconds first. */
  readonly wholeSeconds: boolean;
  /** Why this door can't be opened by anybody; its ports still count as ports of a door. */
  readonly shutBecause?: string;
}
