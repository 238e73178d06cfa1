import type { PortLine } from '../control/answers.ts';
import { onePortsText } from '../door/ports-text.ts';
import { countText } from '../report/words.ts';
import { table } from './terminal.ts';

/** Ports in their states, for people; what is amiss stands below. */
export function portTable(lines: readonly PortLine[]): string[] {
  if (lines.length === 0) return ['no door has ports'];
  const rows = lines.map((line) => [
    onePortsText(line.ports) + (line.of === undefined ? '' : ` of ${line.of}`),
    line.use === 'open'
      ? `opened by ${line.doors.join(', ')}`
      : `knock of ${line.doors.join(', ')}`,
    stateText(line),
    listenerText(line),
  ]);
  const heard = lines.filter(({ use, listeners }) => use === 'knock' && listeners.length > 0);
  return [
    ...table([['PORT', 'USE', 'STATE', 'LISTENER'], ...rows]),
    ...heard.map(
      ({ ports }) =>
        `warning: something listens at ${onePortsText(ports)}: its clients break knocks`,
    ),
  ];
}

function stateText({ use, state, sources }: PortLine): string {
  if (use === 'knock') return '-';
  switch (state) {
    case 'closed':
      return 'closed';
    case 'open':
      return `open for ${countText(sources)} source${sources === 1 ? '' : 's'}`;
    case 'lifted':
      return 'open to everybody';
    case 'unguarded':
      return 'not guarded';
  }
}

function listenerText({ ports, of, listeners }: PortLine): string {
  if (ports.forward !== undefined || of !== undefined) return 'another host’s';
  return listeners.length === 0 ? 'none' : listeners.join(', ');
}
