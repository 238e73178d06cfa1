import type { OpenPorts } from '../door/door.ts';

/** What `status` answers. */
export interface StatusAnswer {
  readonly version: string;
  readonly pid: number;
  readonly file: string;
  readonly interfaces: readonly string[];
  readonly upSeconds: number;
  readonly doors: readonly DoorStatus[];
  readonly packets: number;
  /** Packets that the kernel had no room for. */
  readonly dropped: number;
  /** Where packets are heard of, one by one. */
  readonly sources: readonly SourceStatus[];
  /** Packets that some door looked at. */
  readonly knocks: number;
  /** Packets of sources that an action has ignored. */
  readonly ignored: number;
  /** Encoded knocks that came to nothing, by reason. */
  readonly refusedKnocks: Readonly<Record<string, number>>;
  /** Packets of knocks whose sources are blocked. */
  readonly blockedKnocks: number;
  readonly grants: number;
  /** What is amiss, or undecided: ports on trial, sets that are missing. */
  readonly remarks: readonly string[];
  readonly control: ControlCounters;
  /** Where it was asked for. */
  readonly ports?: readonly PortLine[];
}

/** Ports that a door opens, or that knocks go to, in one of the states that a port can be in. */
export interface PortLine {
  /** Whether doors open them, or are knocked at there; the latter is told to who may change things alone. */
  readonly use: 'open' | 'knock';
  readonly ports: OpenPorts;
  /** The machine behind this host whose ports they are; undefined: they are this host's. */
  readonly of?: string;
  readonly doors: readonly string[];
  /** `closed`: to all; `open`: to those with a grant; `lifted`: to everybody, for now; `unguarded`: we do not shut them. */
  readonly state: 'closed' | 'open' | 'lifted' | 'unguarded';
  /** Who has a grant for them. */
  readonly sources: number;
  /** Addresses at which somebody listens there. */
  readonly listeners: readonly string[];
}

export interface SourceStatus {
  /** Interfaces, `log:` and a path, or `nflog:` and a group. */
  readonly name: string;
  readonly packets: number;
  /** Packets that there was no room for. */
  readonly dropped: number;
  /** Packets that were no tuples, by the reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Of a log: how its lines ended. */
  readonly lines?: LineStatus;
}

/** Lines of a log by what became of them; `lines` is the sum of the others. */
export interface LineStatus {
  readonly lines: number;
  readonly matched: number;
  readonly notKernel: number;
  readonly otherPrefix: number;
  readonly garbled: number;
  readonly tooLong: number;
  readonly tooSlow: number;
}

export interface DoorStatus {
  readonly name: string;
  readonly open: readonly OpenPorts[];
  readonly openForSeconds: number;
  /** Its grants last until somebody closes them. */
  readonly isHeld?: true;
  readonly grants: number;
}

/** What came over the control socket since the start. */
export interface ControlCounters {
  readonly requests: number;
  /** Requests that could not be read, by their error's code, and those that were turned down. */
  readonly errors: Readonly<Record<string, number>>;
}

/** A grant in the answer to `list`. */
export interface GrantLine {
  readonly door: string;
  /** An address, or a network as `2001:db8:1:2::/64`. */
  readonly source: string;
  readonly ports: readonly OpenPorts[];
  /** What the kernel has left of it. */
  readonly leftSeconds: number;
  /** Where it ends before that if its source is silent: how long from now. */
  readonly silenceSeconds?: number;
  /** `knock`, or who gave it by hand. */
  readonly by: string;
}

export interface ListAnswer {
  readonly grants: readonly GrantLine[];
}

export interface GrantAnswer {
  /** Sources that are let in. */
  readonly granted: number;
  readonly renewed: number;
  readonly ports: readonly OpenPorts[];
  readonly forSeconds: number;
}

export interface RevokeAnswer {
  readonly revoked: readonly GrantLine[];
}

export interface ReloadAnswer {
  readonly doors: number;
  /** What is worth knowing about it. */
  readonly remarks: readonly string[];
}

/** A network that is blocked by hand or for scanning. */
export interface BlockLine {
  readonly network: string;
  readonly why: string;
  /** Who asked for it; undefined: nobody did. */
  readonly by?: string;
  /** Undefined: until it is lifted. */
  readonly leftSeconds?: number;
  /** What it kept out of guarded ports. */
  readonly packets: number;
  readonly bytes: number;
}

export interface BlockAnswer {
  readonly blocked: string;
  /** What is worth knowing about it. */
  readonly remarks: readonly string[];
}

export interface UnblockAnswer {
  readonly unblocked: readonly string[];
  /** What blocks the network all the same. */
  readonly stillBlockedBy?: string;
}

export interface BlockedAnswer {
  readonly blocks: readonly BlockLine[];
  /** Files and directives of lists, with how many prefixes each names. */
  readonly lists: readonly {
    readonly list: 'allow' | 'block';
    readonly from: string;
    readonly prefixes: number;
  }[];
  /** With `block_counters`: prefixes that kept something out, most packets first. */
  readonly counted: readonly {
    readonly network: string;
    readonly packets: number;
    readonly bytes: number;
  }[];
}
