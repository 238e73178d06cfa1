import type { Wake } from '../door/action.ts';
import type { OpenPorts, SetPlace } from '../door/door.ts';
import type { AddressRule, Carrier, LegacyProfile, PortRange } from '../door/encoded.ts';
import type { Step } from '../door/step.ts';
import type { FlagTest } from '../tuple/flags.ts';
import type { Network } from '../tuple/network.ts';
import type { Rate } from '../matcher/scan-watch.ts';
import type { Fragment } from './lexer.ts';
import type { PacketSource } from './packet-source.ts';

/** The `[options]` sections while they are read: what the table of directives fills in. */
export interface OptionsDraft {
  useSyslog: boolean;
  logFile?: string;
  pidFile?: string;
  interfaceLines: Fragment[];
  sources: PacketSource[];
  logPrefixes: string[];
  logPatterns: string[];
  trustedLogs: string[];
  nflogLimit?: number;
  user?: string;
  compat?: 'knockd';
  trusted: readonly Network[];
  allow: readonly Network[];
  allowFiles: readonly string[];
  block: readonly Network[];
  blockFiles: readonly string[];
  blockScope?: 'guarded' | 'all';
  blockCounters?: boolean;
  neverBlock: readonly Network[];
  scanPorts?: Rate;
  failAttempts?: Rate;
  scanWatch?: readonly PortRange[];
  scanBlockSeconds?: number;
  blockUnproven?: boolean;
  rightKnockUnblocks?: boolean;
  guardInterfaces: readonly string[];
  mark?: number;
  useSet?: SetPlace | 'none';
  useSet6?: SetPlace | 'none';
  firstStart?: 'ask' | 'seed' | 'cut';
  published?: 'yes' | 'no' | 'auto';
  maxAttempts?: number;
  workers?: number | 'auto';
  maxGrants?: number;
  eventLinesPerSecond?: number;
  onStop?: 'keep' | 'remove';
  onDoorRemoved?: 'close' | 'keep';
  owner?: boolean;
  up?: string;
  down?: string;
  hookLimitSeconds?: number;
  lostStop?: 'run' | 'skip';
  maxCommands?: number;
  commandLimitSeconds?: number;
  commandOutputBytes?: number;
  stateFolder?: string;
  controlSocket?: string;
  controlGroup?: string;
}

/** A door's section while it is read. */
export interface DoorDraft {
  readonly name: string;
  readonly title: Fragment;
  /** The value of each directive that was given, by the directive's name. */
  readonly places: Map<string, Fragment>;
  sequence?: Step[] | 'wrong';
  /** A `Sequence` of codes that change. */
  oneTimeCode?: OneTimeCode | 'wrong';
  encoded?: EncodedForm;
  span?: readonly PortRange[];
  carrier?: Carrier;
  keyFile?: string;
  clockWindowSeconds?: number;
  knockAddress?: AddressRule;
  longestSeconds?: number;
  codePeriodSeconds?: number;
  codeDrift?: number;
  passphraseFile?: string;
  legacy?: Partial<LegacyProfile>;
  maxQueues?: number;
  oneTimeSequences?: string;
  windowSeconds?: number;
  flags: FlagTest;
  target?: Fragment;
  start?: string;
  start6?: string;
  stop?: string;
  stop6?: string;
  commandTimeout?: number;
  allowFrom?: readonly Network[];
  cooldownSeconds?: number;
  open: readonly OpenPorts[];
  openForSeconds?: number;
  holds?: true;
  actions?: readonly Fragment[];
  offers?: readonly Fragment[];
  openPrefix4?: number;
  openPrefix6?: number;
  onExpire?: 'leave' | 'cut';
  renews?: boolean;
  whileConnected?: boolean;
  idleSeconds?: number;
  maxOpenSeconds?: number;
  guard?: boolean;
  useSet?: SetPlace | 'none';
  useSet6?: SetPlace | 'none';
  maxGrants?: number;
  vlan?: number | 'any';
  onWrongPort?: 'reset' | 'ignore';
  ignoreRepeats?: boolean;
  strictSyn?: boolean;
  wholeSeconds?: boolean;
  attemptsPerSource?: number;
  tripwireHoldSeconds?: number;
}

/** An `[action NAME]` while it is read. */
export interface ActionDraft {
  readonly name: string;
  readonly title: Fragment;
  readonly places: Map<string, Fragment>;
  open?: readonly OpenPorts[];
  openForSeconds?: number;
  holds?: true;
  openPrefix4?: number;
  openPrefix6?: number;
  close?: readonly Fragment[];
  ignoreSeconds?: number;
  run?: readonly [string, ...string[]];
  wake?: Wake;
  delaySeconds?: number;
  then?: readonly Fragment[];
}

/** `totp(FILE, 4 ports in 20000-59999)` */
export interface OneTimeCode {
  readonly kind: 'totp' | 'hotp';
  readonly secretFile: string;
  readonly ports: number;
  readonly range: PortRange;
}

export type EncodedForm =
  | { readonly kind: 'sealed' }
  | { readonly kind: 'legacy'; readonly fields: LegacyProfile['fields'] };

/** What a section before any directive is. */
export function emptyOptions(): OptionsDraft {
  return {
    useSyslog: false,
    interfaceLines: [],
    sources: [],
    logPrefixes: [],
    logPatterns: [],
    trustedLogs: [],
    trusted: [],
    guardInterfaces: [],
    allow: [],
    allowFiles: [],
    block: [],
    blockFiles: [],
    neverBlock: [],
  };
}

export function emptyDoor(name: string, title: Fragment): DoorDraft {
  return { name, title, places: new Map(), flags: { mask: 0, value: 0 }, open: [] };
}
