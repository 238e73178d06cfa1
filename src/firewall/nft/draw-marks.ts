import type { OpenPorts } from '../../door/door.ts';
import {
  fromSet,
  goTo,
  INPUT_PRIORITY,
  onPorts,
  openRanges,
  PREROUTING_PRIORITY,
  type ChainInput,
} from './draw-chains.ts';
import { isSingle, samePorts, withoutRepeats } from './open-ports.ts';
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
    ...open.filter(isSingle).map((ports) => goTo('granted', ...first, onPorts(ports))),
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
