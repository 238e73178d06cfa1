import type { Door, OpenPorts } from '../../door/door.ts';
import type { PortProtocol } from '../../tuple/protocol.ts';
import {
  guardedSingles,
  guardedSpans,
  isSingle,
  overlap,
  portsName,
  rangeName,
  samePorts,
  withoutRepeats,
} from './open-ports.ts';
import type { Chain, ConstantSet, GrantSet, Match, Rule } from './table.ts';

export interface ChainInput {
  readonly doors: readonly Door[];
  readonly guarded: readonly OpenPorts[];
  readonly grantSets: readonly GrantSet[];
  readonly constants: readonly ConstantSet[];
  readonly isPublished: boolean;
}

/**
 * The way of a packet. Only packets to guarded ports leave the base chains; all others have met a test
 * of their port and nothing else.
 *
 *     guard, guard_published -> [udp_60000_61000 ->] tcp_door | udp_door -> door
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
const SESSIONS: Match = { kind: 'not new tcp' };
const SESSIONS_COMMENT = 'no new connection: sessions are left alone';
/** Before ufw and iptables (0), so that a guarded port is shut whatever they say. */
export const INPUT_PRIORITY = -10;
/** Before destination addresses are translated (-100). */
export const PREROUTING_PRIORITY = -150;

/** Which packets go to which chain. */
interface Way {
  readonly match: Match;
  readonly chain: string;
  /** For the next daemon: what the rule guards. */
  readonly comment?: string;
}

/** What a rule of the chain `guard` says for itself; a daemon that takes the table over reads it. */
export function guardComment(ports: OpenPorts): string {
  return `guards ${portsName(ports)}`;
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
  return PROTOCOLS.flatMap((protocol): Way[] => {
    const chain = `${protocol}_door`;
    const set = constants.find(({ name }) => name === `guarded_${protocol}`);
    if (set !== undefined) {
      return [{ match: { kind: 'port set', protocol, set: set.name }, chain }];
    }
    return guardedSingles(guarded, protocol).map((port) => {
      const ports = { protocol, from: port, to: port };
      return { match: onPorts(ports), chain, comment: guardComment(ports) };
    });
  });
}

function spanChain(span: OpenPorts, input: ChainInput): Chain {
  const rules = openRanges(input.doors)
    .filter((range) => overlap(range, span))
    .flatMap((range) => rangeRules(range, input.grantSets, samePorts(range, span)));
  return { name: rangeName(span), rules: [...rules, goTo(`${span.protocol}_door`)] };
}

/** Rules that let in who has a grant on a range; the port is tested unless that is done already. */
function rangeRules(range: OpenPorts, sets: readonly GrantSet[], isTested: boolean): Rule[] {
  const test = isTested ? [] : [onPorts(range)];
  return sets
    .filter((set) => set.range !== undefined && samePorts(set.range, range))
    .map((set) => pass(...test, fromSet(set)));
}

function doorRules({ doors, grantSets, constants }: ChainInput, spans: OpenPorts[]): Rule[] {
  const hasSet = (name: string): boolean => constants.some((set) => set.name === name);
  const rules = [pass({ kind: 'loopback' })];
  if (hasSet('guarded_interfaces')) {
    rules.push(pass({ kind: 'other interfaces', set: 'guarded_interfaces' }));
  }
  const singles = grantSets.filter(({ range }) => range === undefined);
  rules.push(...singles.map((set) => pass(fromSet(set))));
  // A door that opens a range without guarding it may cover a port that another door guards.
  const loose = openRanges(doors).filter((range) => !spans.some((span) => overlap(range, span)));
  rules.push(...loose.flatMap((range) => rangeRules(range, grantSets, false)));
  for (const set of constants) {
    if (set.kind === 'networks') {
      const { name, family } = set;
      const prefix = family === 4 ? 32 : 128;
      rules.push(pass({ kind: 'source', set: name, key: family === 4 ? 0 : 1, prefix }));
    }
  }
  rules.push(pass(inSet(LIFTED_NAME)));
  // Confirmed is what stands in `on_trial` no more; over is what stands there and in `trial` no more.
  if (hasSet(ON_TRIAL_NAME)) rules.push(pass(inSet(ON_TRIAL_NAME), notInSet(TRIAL_NAME)));
  rules.push({ matches: [], verdict: { kind: 'counter drop' } });
  return rules;
}

function inSet(set: string): Match {
  return { kind: 'service', set, isNot: false };
}

function notInSet(set: string): Match {
  return { kind: 'service', set, isNot: true };
}

export function openRanges(doors: readonly Door[]): OpenPorts[] {
  return withoutRepeats(doors.flatMap(({ open }) => open)).filter((ports) => !isSingle(ports));
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

export function fromSet({ name, key, prefix }: GrantSet): Match {
  return { kind: 'source', set: name, key, prefix };
}

function pass(...matches: readonly Match[]): Rule {
  return { matches, verdict: ACCEPT };
}

export function goTo(chain: string, ...matches: readonly Match[]): Rule {
  return { matches, verdict: { kind: 'goto', chain } };
}
