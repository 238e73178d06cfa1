import type { Rate } from '../matcher/scan-watch.ts';
import type { Door } from '../door/door.ts';
import type { HookCommands } from '../door/hooks.ts';
import type { PacketSource } from './packet-source.ts';
import type { Network } from '../tuple/network.ts';

/** What a configuration file says, parsed and checked: nothing behind this type checks again. */
export interface Configuration {
  /** Absolute path of the file. */
  readonly file: string;
  readonly options: Options;
  /** In the file's order; two may have one name. */
  readonly doors: readonly Door[];
}

/** What the directives about scans say. */
export interface ScanRules {
  readonly ports?: Rate;
  readonly failures?: Rate;
  /** TCP ports that are watched besides those that doors are about. */
  readonly watch: readonly { readonly from: number; readonly to: number }[];
  /** For so long scanners are blocked; undefined: they are reported. */
  readonly blockSeconds?: number;
  /** Whether they are blocked though what they sent may be spoofed. */
  readonly blocksUnproven: boolean;
  /** Whether a right knock of one who was blocked so lifts that. */
  readonly rightKnockUnblocks: boolean;
}

/** What the directives about `allow` and `block` say. */
export interface ListOptions {
  readonly allow: readonly Network[];
  readonly allowFiles: readonly string[];
  readonly block: readonly Network[];
  readonly blockFiles: readonly string[];
  /** Where the blocked are shut out: at guarded ports, or by all that comes to this host. */
  readonly scope: 'guarded' | 'all';
  /** Whether each blocked prefix counts its packets. */
  readonly hasCounters: boolean;
  /** Networks that nothing blocks. */
  readonly neverBlock: readonly Network[];
}

/** The `[options]` section. */
export interface Options {
  /** None named: the command line's, or 0.8's `eth0`. */
  readonly interfaces: readonly string[];
  /** Where packets are heard of; each one once. */
  readonly sources: readonly PacketSource[];
  /** Which lines of firewalls' logs are read. */
  readonly logs: LogOptions;
  /** Packets a second that a rule logs to a netlink group at most; undefined: all. */
  readonly nflogLimit?: number;
  readonly logFile?: string;
  readonly pidFile: string;
  readonly useSyslog: boolean;
  /** Whose process the daemon becomes; undefined: it stays what it is. */
  readonly user?: string;
  /** 0.8's exact behaviour, as a mode of the whole daemon. */
  readonly compat: 'knockd' | undefined;
  /** Networks that guarded ports never shut out. */
  readonly trusted: readonly Network[];
  /** Who counts as a scanner, and what comes of it. */
  readonly scans: ScanRules;
  /** Who is let in, or shut out, whatever knocks. */
  readonly lists: ListOptions;
  /** The guard works on these interfaces alone; empty: on all. */
  readonly guardInterfaces: readonly string[];
  /** Bits set in the mark of packets from who has a grant, for the administrator's own rules. */
  readonly mark?: number;
  /** Whether guarded ports may be published by address translation; undefined: look at the ruleset. */
  readonly published?: boolean;
  /** What becomes of living sessions where a port is first guarded by a door that cuts. */
  readonly firstStart: 'ask' | 'seed' | 'cut';
  /** Attempts in the matcher's table, a power of two. */
  readonly maxAttempts: number;
  /** Threads that packets are shared out among; `auto`: as many as the host has cores. */
  readonly workers: number | 'auto';
  /** Grants in the firewall's sets. */
  readonly maxGrants: number;
  /** Event lines (stages, timeouts, refusals) a second, then a count of what was left out; 0: no limit. */
  readonly eventLinesPerSecond: number;
  /** Whether the table stays when the daemon stops. */
  readonly onStop: 'keep' | 'remove';
  readonly onDoorRemoved: 'close' | 'keep';
  readonly owner: boolean;
  /** What runs when the daemon is up, and before it ends. */
  readonly hooks: HookCommands;
  /** What becomes of stop commands whose time passed while no daemon ran. */
  readonly lostStop: 'run' | 'skip';
  /** Commands that run at one time; more wait. */
  readonly maxCommands: number;
  /** How long a command may run; 0: for ever. */
  readonly commandLimitSeconds: number;
  /** How much of a command's output goes on to the daemon's own streams; 0: commands have them themselves. */
  readonly commandOutputBytes: number;
  /** Where the daemon keeps its tripwires' seed, its lock, and stop commands that are still to run. */
  readonly stateFolder: string;
  /** Where the control socket lies; undefined: there is none. */
  readonly controlSocket?: string;
  /** Name of the group whose members may look; undefined: `postern`, if there is one. */
  readonly controlGroup?: string;
}

/** Which lines of firewalls' logs are read. */
export interface LogOptions {
  /** What rules of ours write in front of a packet; an empty one: nothing. */
  readonly prefixes: readonly string[];
  /** Expressions for messages that are in none of the known forms. */
  readonly patterns: readonly string[];
  /** Files whose lines are all believed. */
  readonly trusted: readonly string[];
}
