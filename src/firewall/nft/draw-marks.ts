import type { OpenPorts } from '../../door/door.ts';
import { samePorts } from '../../door/ports.ts';
import {
  fromSet,
  goTo,
  INPUT_PRIORITY,
  onPorts,
  openRanges,
  PREROUTING_PRIORITY,
  type ChainInput,
} from './draw-chains.ts';
import { isSingle, withoutRepeats } from './open-ports.ts';
import type { Chain, GrantSet, Match, Rule } from './table.ts';

/**
 * Chains that mark what who has a grant sends to the ports it is for. In nftables an accept is not final:
 * where other tables drop, an accept of ours lets nothing in. By the mark their own rules can tell. With
 * one bit set aside, `meta mark & 0x10000000 != 0 accept` before the drop is all it takes.
 */
export function drawMarks(input: ChainInput, bits: number | undefined): Chain[] {
  const { doors, grantSets, isPublished } = input;
  const open = withoutRepeats(doors.flatMap((door) => door.open));
  if (bits === undefined || open.length === 0) return [];
  const mark = (...matches: Match[]): Rule => ({ matches, verdict: { kind: 'mark', bits } });
  const singles = grantSets.filter(({ range }) => range === undefined);
  const granted: Chain = { name: 'granted', rules: singles.map((set) => mark(fromSet(set))) };
  const rules = (...first: Match[]): Rule[] => [
    ...open.filter(isPlain).map((ports) => goTo('granted', ...first, onPorts(ports))),
    ...openRanges(doors).flatMap((range) =>
      grantSets
        .filter((set) => isOf(set, range))
        .map((set) => mark(...first, onPorts(range), fromSet(set))),
    ),
  ];
  const base = (name: string, at: 'input' | 'prerouting', priority: number): Chain => ({
    name,
    hook: { at, priority: priority + 1 }, // behind the guard: what that drops needs no mark
    rules: at === 'input' ? rules() : rules({ kind: 'local target' }),
  });
  return [
    ...(singles.length === 0 ? [] : [granted]),
    base('marks', 'input', INPUT_PRIORITY),
    ...(isPublished ? [base('marks_published', 'prerouting', PREROUTING_PRIORITY)] : []),
  ];
}

function isOf({ range }: GrantSet, ports: OpenPorts): boolean {
  return range !== undefined && samePorts(range, ports);
}

function isPlain(ports: OpenPorts): boolean {
  return isSingle(ports) && ports.forward === undefined;
}

/** What goes on to machines behind this host is marked where it is forwarded: before that, a mark could change its way. */
export function drawForwardMarks(
  grantSets: readonly GrantSet[],
  bits: number | undefined,
): Chain[] {
  if (bits === undefined) return [];
  const rules = grantSets.flatMap((set): Rule[] => {
    if (set.behind === undefined) return [];
    const { address, ports } = set.behind;
    const matches: Match[] = [onPorts(ports), { kind: 'target', address }, fromSet(set)];
    return [{ matches, verdict: { kind: 'mark', bits } }];
  });
  if (rules.length === 0) return [];
  const hook = { at: 'forward', priority: INPUT_PRIORITY + 1 } as const;
  return [{ name: 'marks_forward', hook, rules }];
}
