import type { Door, OpenPorts } from '../../door/door.ts';
import { samePorts } from '../../door/ports.ts';
import type { PortProtocol } from '../../tuple/protocol.ts';
import { blockChain, listRules, type Lists } from './draw-lists.ts';
import {
  guardedSingles,
  guardedSpans,
  isSingle,
  overlap,
  GUARDS,
  portsName,
  rangeName,
  withoutRepeats,
  type GuardedPorts,
} from './open-ports.ts';
import {
  KEY,
  type Chain,
  type ConstantSet,
  type GrantSet,
  type Match,
  type Rule,
  type TableSet,
} from './table.ts';

export interface ChainInput {
  readonly doors: readonly Door[];
  readonly guarded: readonly GuardedPorts[];
  readonly grantSets: readonly GrantSet[];
  readonly constants: readonly ConstantSet[];
  readonly isPublished: boolean;
  readonly lists: Lists;
  /** The sets that lists need. */
  readonly listSets: readonly TableSet[];
}

/**
 * The way of a packet. Only packets to guarded ports leave the base chains; all others have met a test
 * of their port and nothing else.
 *
 *     guard, guard_published -> [udp_60000_61000 ->] [tcp_door | udp_door ->] door
 *
 * TCP to ports that are cut goes to `door` at once: no session is left alone there.
 */
export function drawChains(input: ChainInput): Chain[] {
  const spans = PROTOCOLS.flatMap((protocol) => guardedSpans(input.guarded, protocol));
  const ways = [
    ...portWays(input),
    ...spans.map((span): Way => ({
      match: onPorts(span),
      chain: rangeName(span),
      comment: guardComment(span),
    })),
  ];
  if (ways.length === 0) return [];
  return [
    ...blockChain(input.listSets, input.lists, trustedRules(input.constants)),
    { name: 'door', rules: doorRules(input, spans) },
    { name: 'tcp_door', rules: [{ ...pass(SESSIONS), comment: SESSIONS_COMMENT }, goTo('door')] },
    { name: 'udp_door', rules: [goTo('door')] },
    ...spans.map((span) => spanChain(span, input)),
    ...baseChains(ways, input.isPublished),
  ];
}

const PROTOCOLS = ['tcp', 'udp'] as const;
const ACCEPT = { kind: 'accept' } as const;
export const LIFTED_NAME = 'lifted';
export const TRIAL_NAME = 'trial';
export const ON_TRIAL_NAME = 'on_trial';
export const SESSIONS: Match = { kind: 'not new tcp' };
export const SESSIONS_COMMENT = 'no new connection: sessions are left alone';
/** Before ufw and iptables (0), so that a guarded port is shut whatever they say. */
export const INPUT_PRIORITY = -10;
/** Before other people translate destination addresses (-100): who is first has the connection. */
export const NAT_PRIORITY = -110;
/** Before destination addresses are translated. */
export const PREROUTING_PRIORITY = -150;

/** Which packets go to which chain. */
interface Way {
  readonly match: Match;
  readonly chain: string;
  /** For the next daemon: what the rule guards. */
  readonly comment?: string;
}

/** What a rule of the chain `guard` says for itself; a daemon that takes the table over reads it. */
export function guardComment(ports: GuardedPorts): string {
  return `guards ${portsName(ports)}${ports.isCut ? ', cutting' : ''}`;
}

function baseChains(ways: readonly Way[], isPublished: boolean): Chain[] {
  const guard: Chain = {
    name: 'guard',
    hook: { at: 'input', priority: INPUT_PRIORITY },
    rules: ways.map(({ match, chain, comment }) => ({
      ...goTo(chain, match),
      ...(comment === undefined ? {} : { comment }),
    })),
  };
  if (!isPublished) return [guard];
  const published: Chain = {
    name: 'guard_published',
    hook: { at: 'prerouting', priority: PREROUTING_PRIORITY },
    // Only what is meant for this host: forwarded traffic to the same port passes.
    rules: ways.map(({ match, chain }) => goTo(chain, match, { kind: 'local target' })),
  };
  return [guard, published];
}

/** Which packets go where, for single ports. */
function portWays({ guarded, constants }: ChainInput): Way[] {
  return GUARDS.flatMap((guard): Way[] => {
    const { protocol, isCut, chain, set } = guard;
    if (constants.some(({ name }) => name === set)) {
      return [{ match: { kind: 'port set', protocol, set }, chain }];
    }
    return guardedSingles(guarded, guard).map((port) => {
      const ports = { protocol, from: port, to: port, isCut };
      return { match: onPorts(ports), chain, comment: guardComment(ports) };
    });
  });
}

function spanChain(span: GuardedPorts, input: ChainInput): Chain {
  const rules = openRanges(input.doors)
    .filter((range) => overlap(range, span))
    .flatMap((range) => rangeRules(range, input.grantSets, samePorts(range, span)));
  const first = listedFirst(input, span);
  return { name: rangeName(span), rules: [...first, ...rules, goTo(chainFor(span))] };
}

/** Lists come before grants here too, and sessions that are left alone before them. */
function listedFirst(input: ChainInput, { protocol, isCut }: GuardedPorts): Rule[] {
  const rules = listRules(input.listSets, trustedRules(input.constants));
  if (rules.length === 0 || protocol === 'udp' || isCut) return rules;
  return [{ ...pass(SESSIONS), comment: SESSIONS_COMMENT }, ...rules];
}

function chainFor({ protocol, isCut }: GuardedPorts): string {
  return GUARDS.find((guard) => guard.protocol === protocol && guard.isCut === isCut)!.chain;
}

/** Rules that let in who has a grant on a range; the port is tested unless that is done already. */
function rangeRules(range: OpenPorts, sets: readonly GrantSet[], isTested: boolean): Rule[] {
  const test = isTested ? [] : [onPorts(range)];
  return sets
    .filter((set) => set.range !== undefined && isHere(set) && samePorts(set.range, range))
    .map((set) => pass(...test, fromSet(set)));
}

function doorRules(
  { doors, grantSets, constants, listSets }: ChainInput,
  spans: OpenPorts[],
): Rule[] {
  const hasSet = (name: string): boolean => constants.some((set) => set.name === name);
  const rules = [pass({ kind: 'loopback' })];
  if (hasSet('guarded_interfaces')) {
    rules.push(pass({ kind: 'other interfaces', set: 'guarded_interfaces' }));
  }
  rules.push(...listRules(listSets, trustedRules(constants)));
  const singles = grantSets.filter(({ range }) => range === undefined);
  rules.push(...singles.map((set) => pass(fromSet(set))));
  // A door that opens a range without guarding it may cover a port that another door guards.
  const loose = openRanges(doors).filter((range) => !spans.some((span) => overlap(range, span)));
  rules.push(...loose.flatMap((range) => rangeRules(range, grantSets, false)));
  rules.push(...trustedRules(constants));
  rules.push(pass(inSet(LIFTED_NAME)));
  if (hasSet(ON_TRIAL_NAME)) rules.push(passAfterTrial(ON_TRIAL_NAME, TRIAL_NAME));
  rules.push({ matches: [], verdict: { kind: 'counter drop' } });
  return rules;
}

export function inSet(set: string): Match {
  return { kind: 'service', set, isNot: false };
}

/** Confirmed is what stands in `onTrial` no more; over is what stands there and in `trial` no more. */
export function passAfterTrial(onTrial: string, trial: string): Rule {
  return pass(inSet(onTrial), notInSet(trial));
}

function notInSet(set: string): Match {
  return { kind: 'service', set, isNot: true };
}

/** Who is trusted comes in everywhere. */
export function trustedRules(constants: readonly ConstantSet[]): Rule[] {
  return constants.flatMap((set) => {
    if (set.kind !== 'networks') return [];
    const { name, family } = set;
    const key = family === 4 ? KEY.address4 : KEY.address6;
    return [pass({ kind: 'source', set: name, key, prefix: family === 4 ? 32 : 128 })];
  });
}

/** What is not found by protocol and port in one set: ranges, and ports that are sent on. */
export function openRanges(doors: readonly Door[]): OpenPorts[] {
  const open = withoutRepeats(doors.flatMap((door) => door.open));
  return open.filter((ports) => !isSingle(ports) || ports.forward !== undefined);
}

export function onPorts({
  protocol,
  from,
  to,
}: {
  protocol: PortProtocol;
  from: number;
  to: number;
}): Match {
  return { kind: 'ports', protocol, from, to };
}

export function fromSet({ name, key, prefix, live }: GrantSet): Match {
  const source = { kind: 'source', set: name, key, prefix } as const;
  return live === undefined ? source : { ...source, live: live.name };
}

/** Whether packets to what a set is about come to this host's own chains. */
function isHere({ behind }: GrantSet): boolean {
  return behind === undefined || behind.isTranslated;
}

export function pass(...matches: readonly Match[]): Rule {
  return { matches, verdict: ACCEPT };
}

export function goTo(chain: string, ...matches: readonly Match[]): Rule {
  return { matches, verdict: { kind: 'goto', chain } };
}
