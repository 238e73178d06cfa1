import type { Door } from '../../door/door.ts';
import { samePorts } from '../../door/ports.ts';
import { sameAddress } from '../../tuple/address.ts';
import { behindName, behindOf, type IsOurs } from './behind.ts';
import {
  fromSet,
  goTo,
  INPUT_PRIORITY,
  NAT_PRIORITY,
  onPorts,
  pass,
  SESSIONS,
  SESSIONS_COMMENT,
  trustedRules,
} from './draw-chains.ts';
import { listRules } from './draw-lists.ts';
import { overlap } from './open-ports.ts';
import type { Behind, Chain, ConstantSet, GrantSet, Rule, TableSet } from './table.ts';

/** Ports of a machine behind this host that are shut for who has no grant. */
interface Guarded {
  readonly behind: Behind;
  readonly isCut: boolean;
}

/**
 * The way of a packet to a machine behind this host. Translation sees the first packet of a connection
 * alone, so it can't end one: that is done where packets are forwarded, by the same sets.
 *
 *     send_on        (nat)      at the outer port, from a set -> the machine's address and port
 *     guard_forward  (forward)  to the machine's port -> to_10_0_0_5_tcp_22: from a set, or dropped
 */
export function drawForward(
  doors: readonly Door[],
  grantSets: readonly GrantSet[],
  constants: readonly ConstantSet[],
  isOurs: IsOurs,
  listSets: readonly TableSet[],
): Chain[] {
  const guarded = guardedBehind(doors, isOurs);
  return [
    ...guarded.map((each) => machineChain(each, grantSets, constants, listSets)),
    ...guardChain(guarded),
    ...sendOnChain(grantSets),
  ];
}

function guardedBehind(doors: readonly Door[], isOurs: IsOurs): Guarded[] {
  const found = new Map<string, Guarded>();
  for (const door of doors) {
    for (const ports of door.guard ? door.open : []) {
      const behind = behindOf(door, ports, isOurs);
      if (behind === undefined) continue;
      const name = behindName(behind);
      const isCut = door.onExpire === 'cut' || found.get(name)?.isCut === true;
      found.set(name, { behind, isCut });
    }
  }
  return [...found.values()];
}

function machineChain(
  { behind, isCut }: Guarded,
  grantSets: readonly GrantSet[],
  constants: readonly ConstantSet[],
  listSets: readonly TableSet[],
): Chain {
  const { protocol } = behind.ports;
  const others = constants.find(({ name }) => name === 'guarded_interfaces');
  const rules: Rule[] = [];
  if (protocol === 'tcp' && !isCut) rules.push({ ...pass(SESSIONS), comment: SESSIONS_COMMENT });
  if (others !== undefined) rules.push(pass({ kind: 'other interfaces', set: others.name }));
  rules.push(...listRules(listSets, trustedRules(constants)));
  for (const set of grantSets) {
    const into = set.behind;
    if (into === undefined || !sameAddress(into.address, behind.address)) continue;
    if (!overlap(into.ports, behind.ports)) continue;
    const test = samePorts(into.ports, behind.ports) ? [] : [onPorts(into.ports)];
    rules.push(pass(...test, fromSet(set)));
  }
  rules.push(...trustedRules(constants), { matches: [], verdict: { kind: 'counter drop' } });
  return { name: chainName(behind), rules };
}

function guardChain(guarded: readonly Guarded[]): Chain[] {
  if (guarded.length === 0) return [];
  const rules = guarded.map(({ behind }) =>
    goTo(chainName(behind), onPorts(behind.ports), { kind: 'target', address: behind.address }),
  );
  return [{ name: 'guard_forward', hook: { at: 'forward', priority: INPUT_PRIORITY }, rules }];
}

function sendOnChain(grantSets: readonly GrantSet[]): Chain[] {
  const rules = grantSets.flatMap((set): Rule[] => {
    const { behind, range } = set;
    if (behind?.isTranslated !== true) return [];
    const { address, ports } = behind;
    return [
      {
        matches: [{ kind: 'local target' }, onPorts(range!), fromSet(set)],
        verdict: { kind: 'send on', address, port: ports.from },
      },
    ];
  });
  if (rules.length === 0) return [];
  return [{ name: 'send_on', hook: { at: 'nat', priority: NAT_PRIORITY }, rules }];
}

function chainName(behind: Behind): string {
  return `to_${behindName(behind)}`;
}
