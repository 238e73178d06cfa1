import type { Door, DoorCommands } from '../door/door.ts';
import { isPortStep, type Step } from '../door/step.ts';
import { toEncoded } from './to-encoded.ts';
import { formatAddress, parseAddress, type Address } from '../tuple/address.ts';
import { TCP_FLAG, type FlagTest } from '../tuple/flags.ts';
import type { DoorDraft } from './drafts.ts';
import { checkFamilies } from './families.ts';
import type { Report } from './report.ts';
import { checkUseSet, usedSets, type SetDefaults } from './use-set.ts';
import { warnOfIdle } from './without-encoded.ts';

/** What says how ports are opened. */
const OF_OPEN = [
  'open_for',
  'open_prefix4',
  'open_prefix6',
  'guard',
  'max_grants',
  'on_expire',
  'renew',
  'while_connected',
  'use_set',
  'use_set6',
] as const;

const LONGEST_WAIT = 0x1_0000_0000;

/** What making a door needs to know besides its section. */
export interface DoorContext {
  readonly isCompat: boolean;
  /** Sets that doors use which say nothing themselves. */
  readonly setDefaults: SetDefaults;
  /** The sequence in force in a one-time file; reports what is wrong with it. */
  readonly oneTimeSequence: (draft: DoorDraft, report: Report) => Step[] | undefined;
  /** The absolute path that a path in the file means. */
  readonly resolve: (path: string) => string;
}

/** The door that a section describes. Its draft is complete: what was not given has its initial value. */
export function toDoor(draft: DoorDraft, context: DoorContext, report: Report): Door | undefined {
  warnOfIdle(draft, report);
  const isEncoded = draft.encoded !== undefined || draft.oneTimeCode !== undefined;
  const encoded = isEncoded ? toEncoded(draft, context, report) : undefined;
  const steps = isEncoded ? encoded && [] : stepsOf(draft, context, report);
  if (context.isCompat) refuseEchoes(draft, steps ?? [], report);
  const windowSeconds = Math.max(0, draft.windowSeconds!);
  const { address, reason } = readTarget(draft, context, report);
  if (steps === undefined) return undefined;
  const sets = usedSets(draft, context.setDefaults);
  const door: Door = {
    name: draft.name,
    steps,
    windowSeconds,
    flags: flagsOf(draft, isEncoded),
    ...(encoded === undefined ? {} : { encoded }),
    ...(address === undefined ? {} : { target: address }),
    ...(isPlain(draft.target?.text, address) ? {} : { targetText: draft.target!.text }),
    vlan: draft.vlan!,
    ...(draft.allowFrom === undefined ? {} : { allowFrom: draft.allowFrom }),
    ...(draft.cooldownSeconds === undefined ? {} : { cooldownSeconds: draft.cooldownSeconds }),
    open: draft.open,
    openForSeconds: draft.openForSeconds!,
    ...(draft.holds === undefined ? {} : { holds: true }),
    openPrefix4: draft.openPrefix4!,
    openPrefix6: draft.openPrefix6!,
    onExpire: draft.onExpire ?? (draft.whileConnected! ? 'cut' : 'leave'),
    renews: draft.renews!,
    ...whileConnectedOf(draft),
    guard: draft.guard! && (sets.useSet === undefined || draft.places.has('guard')),
    ...sets,
    ...(draft.maxGrants === undefined ? {} : { maxGrants: draft.maxGrants }),
    ...commandsOf(draft),
    onWrongPort: draft.onWrongPort!,
    ignoreRepeats: draft.ignoreRepeats!,
    attemptsPerSource: draft.attemptsPerSource!,
    tripwireHoldSeconds: draft.tripwireHoldSeconds!,
    wholeSeconds: draft.wholeSeconds!,
    ...oneTimeOf(draft, context),
    ...(reason === undefined ? {} : { shutBecause: reason }),
  };
  checkSense(draft, door, report);
  checkEnds(draft, door, report);
  checkHold(draft, report);
  checkUseSet(draft, door, report);
  checkFamilies(draft, door, report);
  return door;
}

function stepsOf(draft: DoorDraft, context: DoorContext, report: Report): Step[] | undefined {
  if (draft.oneTimeSequences !== undefined) {
    return context.oneTimeSequence(draft, report);
  }
  if (draft.sequence === undefined) {
    const message = `door "${draft.name}" has no sequence`;
    report.error(draft.title, 'CONFIG_NO_SEQUENCE', message, {
      knockdLine: `error: section '${draft.name}' has an empty knock sequence`,
    });
  }
  return draft.sequence === 'wrong' ? undefined : draft.sequence;
}

function refuseEchoes(
  { name, title, places }: DoorDraft,
  steps: readonly Step[],
  report: Report,
): void {
  if (steps.every(isPortStep)) return;
  const message = `door "${name}" waits for a ping, which 0.8 does not know`;
  report.error(places.get('Sequence') ?? title, 'CONFIG_INVALID_PROTOCOL', message, {
    hint: 'not with compat = knockd',
  });
}

function oneTimeOf(
  { oneTimeSequences }: DoorDraft,
  { resolve }: DoorContext,
): Pick<Door, 'oneTimeSequences'> {
  return oneTimeSequences === undefined ? {} : { oneTimeSequences: resolve(oneTimeSequences) };
}

/** 0.8 compares a target as text with the address in its usual form; a name or another form never matches. */
function readTarget(
  { target }: DoorDraft,
  { isCompat }: DoorContext,
  report: Report,
): { address?: Address | undefined; reason?: string } {
  if (target === undefined) return {};
  if (target.text === '') {
    report.error(target, 'CONFIG_INVALID_TARGET', 'the target is empty');
    return {};
  }
  const address = parseAddress(target.text);
  const isUsable = address !== undefined && (!isCompat || formatAddress(address) === target.text);
  if (isUsable) return { address };
  const what =
    address === undefined ? 'not an address' : `not written as ${formatAddress(address)}`;
  const reason = `its target "${target.text}" is ${what}`;
  report.mistake(target, 'CONFIG_INVALID_TARGET', `no packet matches: the target is ${what}`);
  return { address, reason };
}

/** Whether a target is its address in the usual form, or there is none. */
function isPlain(text: string | undefined, address: Address | undefined): boolean {
  return text === undefined || (address !== undefined && formatAddress(address) === text);
}

/** Spans are wide: only packets that begin a connection count there, if nothing else is asked for. */
function flagsOf({ flags, strictSyn }: DoorDraft, isEncoded: boolean): FlagTest {
  if (isEncoded && flags.mask === 0) return withoutAck({ mask: TCP_FLAG.syn, value: TCP_FLAG.syn });
  return strictSyn! ? withoutAck(flags) : flags;
}

function withoutAck({ mask, value }: FlagTest): FlagTest {
  const meansSyn = (value & TCP_FLAG.syn) !== 0 && (mask & TCP_FLAG.ack) === 0;
  return meansSyn ? { mask: mask | TCP_FLAG.ack, value } : { mask, value };
}

function commandsOf(draft: DoorDraft): Pick<Door, 'commands'> {
  const { start, start6, stop, stop6, commandTimeout } = draft;
  const commands: DoorCommands = {
    ...(start === undefined ? {} : { start }),
    ...(start6 === undefined ? {} : { start6 }),
    ...(stop === undefined ? {} : { stop }),
    ...(stop6 === undefined ? {} : { stop6 }),
    // 0.8 sleeps by an unsigned number: a negative one is 136 years less a little.
    ...(commandTimeout === undefined
      ? {}
      : { timeoutSeconds: (commandTimeout + LONGEST_WAIT) % LONGEST_WAIT }),
  };
  const isAny = [start, start6, stop, stop6].some((command) => command !== undefined);
  return isAny ? { commands } : {};
}

function whileConnectedOf(draft: DoorDraft): Pick<Door, 'whileConnected'> {
  const { whileConnected, idleSeconds, maxOpenSeconds } = draft;
  if (!whileConnected!) return {};
  return { whileConnected: { idleSeconds: idleSeconds!, maxOpenSeconds: maxOpenSeconds! } };
}

function checkEnds(
  { places, whileConnected, onExpire }: DoorDraft,
  door: Door,
  report: Report,
): void {
  if (!whileConnected!) {
    for (const name of ['idle_for', 'max_open']) {
      const place = places.get(name);
      if (place === undefined) continue;
      const message = `${name} means nothing without while_connected`;
      report.warning(place, 'CONFIG_WITHOUT_OPEN', message);
    }
    return;
  }
  const at = places.get('while_connected')!;
  if (onExpire === 'leave') {
    const message = 'while_connected = yes hears sessions only where each packet is looked at';
    const hint = 'leave on_expire out, or say cut';
    report.error(places.get('on_expire')!, 'CONFIG_CONFLICT', message, { hint });
  }
  if (!door.guard) {
    const message = 'while_connected = yes needs the guard: without it nobody looks at packets';
    report.error(at, 'CONFIG_CONFLICT', message);
  }
  if (door.openForSeconds > door.whileConnected!.maxOpenSeconds) {
    report.error(at, 'CONFIG_CONFLICT', 'open_for is longer than max_open');
  }
}

/** Who holds a door open moves its end again and again. */
function checkHold({ holds, renews, whileConnected, places }: DoorDraft, report: Report): void {
  if (holds === undefined) return;
  const at = places.get('open_for')!;
  const others = [
    ...(whileConnected! ? ['while_connected'] : []),
    ...(renews! ? [] : ['renew = no']),
    ...(places.has('Cmd_Timeout') ? ['Cmd_Timeout'] : []),
    ...(places.has('open_at_most') ? ['open_at_most'] : []),
  ];
  for (const other of others) {
    report.error(at, 'CONFIG_CONFLICT', `until closed and ${other} contradict each other`);
  }
}

function checkSense(
  { places, commandTimeout, windowSeconds }: DoorDraft,
  door: Door,
  report: Report,
): void {
  const window = places.get('Seq_Timeout');
  if (
    window !== undefined &&
    (windowSeconds! < 0 || (windowSeconds === 0 && door.steps.length > 1))
  ) {
    const message = `a Seq_Timeout of ${windowSeconds} is over at once: no second knock is in time`;
    report.mistake(window, 'CONFIG_NEVER_OPENS', message);
  }
  const wait = places.get('Cmd_Timeout');
  if (wait !== undefined && commandTimeout! < 0) {
    const message = `a Cmd_Timeout of ${commandTimeout} waits for 136 years`;
    report.mistake(wait, 'CONFIG_INVALID_NUMBER', message);
  }
  if (door.open.length > 0) return;
  for (const name of OF_OPEN) {
    const place = places.get(name);
    if (place === undefined) continue;
    report.warning(place, 'CONFIG_WITHOUT_OPEN', `${name} means nothing without open`);
  }
}
