import type { Door, OpenPorts } from '../../door/door.ts';
import { samePorts } from '../../door/ports.ts';
import { sameAddress } from '../../tuple/address.ts';
import { behindName, behindOf, type IsOurs } from './behind.ts';
import {
  fromSet,
  goTo,
  inSet,
  INPUT_PRIORITY,
  NAT_PRIORITY,
  onPorts,
  pass,
  passAfterTrial,
  SESSIONS,
  SESSIONS_COMMENT,
  trustedRules,
} from './draw-chains.ts';
import { listRules } from './draw-lists.ts';
import {
  isMachineCovered,
  liftedAt,
  machineComment,
  trialAt,
  type GuardedMachine,
} from './guarded-machines.ts';
import { overlap } from './open-ports.ts';
import type { Chain, ConstantSet, GrantSet, MachinePorts, Match, Rule, TableSet } from './table.ts';

export interface ForwardInput {
  readonly doors: readonly Door[];
  readonly guarded: readonly GuardedMachine[];
  readonly grantSets: readonly GrantSet[];
  readonly constants: readonly ConstantSet[];
  readonly isOurs: IsOurs;
  readonly listSets: readonly TableSet[];
}

/**
 * The way of a packet to a machine behind this host. Translation sees the first packet of a connection
 * alone, so it can't end one: that is done where packets are forwarded, by the same sets.
 *
 *     send_on        (nat)      at the outer port, from a set -> the machine's address and port
 *     guard_forward  (forward)  to the machine's port -> to_10_0_0_5_tcp_22: from a set, or dropped
 */
export function drawForward(input: ForwardInput): Chain[] {
  return [
    ...input.guarded.map((each) => machineChain(each, input)),
    ...guardChain(input.guarded),
    ...sendOnChain(input),
  ];
}

function machineChain(
  machine: GuardedMachine,
  { grantSets, constants, listSets }: ForwardInput,
): Chain {
  const { address, ports, isCut } = machine;
  const { protocol } = ports;
  const others = constants.find(({ name }) => name === 'guarded_interfaces');
  const rules: Rule[] = [];
  if (protocol === 'tcp' && !isCut) rules.push({ ...pass(SESSIONS), comment: SESSIONS_COMMENT });
  if (others !== undefined) rules.push(pass({ kind: 'other interfaces', set: others.name }));
  rules.push(...listRules(listSets, trustedRules(constants)));
  for (const set of grantSets) {
    const into = set.behind;
    if (into === undefined || !sameAddress(into.address, address)) continue;
    if (!overlap(into.ports, ports)) continue;
    const test = samePorts(into.ports, ports) ? [] : [onPorts(into.ports)];
    rules.push(pass(...test, fromSet(set)));
  }
  rules.push(...trustedRules(constants), pass(inSet(liftedAt(machine).name)));
  const { trial, onTrial } = trialAt(machine);
  const isOnTrial = constants.some(({ name }) => name === onTrial.name);
  if (isOnTrial) rules.push(passAfterTrial(onTrial.name, trial.name));
  rules.push({ matches: [], verdict: { kind: 'counter drop' } });
  return { name: chainName(machine), rules };
}

function guardChain(guarded: readonly GuardedMachine[]): Chain[] {
  if (guarded.length === 0) return [];
  const rules = guarded.map((machine): Rule => {
    const { address, ports } = machine;
    const way = goTo(chainName(machine), onPorts(ports), { kind: 'target', address });
    return { ...way, comment: machineComment(machine) };
  });
  return [{ name: 'guard_forward', hook: { at: 'forward', priority: INPUT_PRIORITY }, rules }];
}

function sendOnChain(input: ForwardInput): Chain[] {
  const rules = [...grantedWays(input), ...liftedWays(input)];
  if (rules.length === 0) return [];
  return [{ name: 'send_on', hook: { at: 'nat', priority: NAT_PRIORITY }, rules }];
}

function grantedWays({ grantSets }: ForwardInput): Rule[] {
  return grantSets.flatMap((set) => {
    const { behind, range } = set;
    if (behind?.isTranslated !== true) return [];
    return [sendOn(range!, fromSet(set), behind)];
  });
}

/** Behind those of grants: a lifted guard leads everybody else the same way. */
function liftedWays({ doors, guarded, isOurs }: ForwardInput): Rule[] {
  const ways = doors.flatMap((door) =>
    (door.guard ? door.open : []).map((ports) => ({ door, ports })),
  );
  return ways.flatMap(({ door, ports }) => {
    const behind = behindOf(door, ports, isOurs);
    if (behind?.isTranslated !== true || !isMachineCovered(behind, guarded)) return [];
    return [sendOn(ports, inSet(liftedAt(behind).name), behind)];
  });
}

function sendOn(outer: OpenPorts, who: Match, { address, ports }: MachinePorts): Rule {
  return {
    matches: [{ kind: 'local target' }, onPorts(outer), who],
    verdict: { kind: 'send on', address, port: ports.from },
  };
}

function chainName(machine: MachinePorts): string {
  return `to_${behindName(machine)}`;
}
