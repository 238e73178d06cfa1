import { PLACES } from '../places.ts';
import type { Operand, Program, ProgramCommand } from '../program.ts';
import { example, flagList, paragraphs, prose, sentence, type Page } from './mdoc.ts';

/** postern(8) */
export function posternPage({ commands }: Program): Page {
  return {
    name: 'postern',
    section: 8,
    summary: 'open ports for who knocks',
    body: [
      '.Sh SYNOPSIS',
      '.Nm',
      '.Ar command',
      '.Op Ar options',
      '.Sh DESCRIPTION',
      '.Nm',
      ...paragraphs(
        'keeps ports of this host closed to the world, and opens them for the one address that sent packets to the right ports in the right order. The kernel keeps the guard and the time: if the daemon ends, guarded ports stay closed, and each grant ends when it was to end.',
        'Doors are described in `knockd.conf`, whose form is that of knockd.',
      ),
      '.Sh COMMANDS',
      ...commands.flatMap(commandLines),
      '.Sh FILES',
      '.Bl -tag -width Ds',
      ...FILES.flatMap(([path, what]) => [`.It Pa ${path}`, ...prose(what)]),
      '.El',
      '.Sh EXIT STATUS',
      ...paragraphs(
        '0: done. 1: failed, or the configuration is wrong. 2: wrong usage, or input that can’t be read. 3: no daemon runs.',
      ),
      '.Sh EXAMPLES',
      ...paragraphs('See what is wrong with a configuration, and which unit fits it:'),
      ...example([`postern check -c ${PLACES.configuration}`]),
      '.Pp',
      ...paragraphs('Turn on the daemon, and the guard that stands before the network is up:'),
      ...example(['systemctl enable --now postern']),
      '.Pp',
      ...paragraphs('Take the guard away, on purpose:'),
      ...example(['systemctl disable --now postern', 'postern remove-table']),
      '.Sh SEE ALSO',
      '.Xr knock 1 ,',
      '.Xr knockd.conf 5 ,',
      '.Xr knockd 8',
    ],
  };
}

const FILES: readonly (readonly [string, string])[] = [
  [PLACES.configuration, 'The doors.'],
  [
    PLACES.state,
    'The seed of decoys, stop commands until they have run, and the guard that stood last.',
  ],
  [PLACES.logs, 'Where the daemon may keep its log under `postern.service`.'],
];

function commandLines({ name, summary, operands, flags }: ProgramCommand): string[] {
  const words = operands.map(({ name: operand, isOptional, isRepeated }) => {
    const word = `Ar ${operand}${isRepeated ? ' ...' : ''}`;
    return isOptional ? `Op ${word}` : word;
  });
  return [
    `.Ss ${[name.replaceAll('-', '\\-'), ...operands.map(({ name: operand }) => operand)].join(' ')}`,
    ...(words.length === 0
      ? []
      : [`.Nm`, `.Cm ${name}`, ...words.map((word) => `.${word}`), '.Pp']),
    ...prose(sentence(summary)),
    ...operandList(operands),
    ...(flags.length === 0 ? [] : flagList(flags)),
  ];
}

function operandList(operands: readonly Operand[]): string[] {
  if (operands.length === 0) return [];
  const items = operands.flatMap(({ name, help, choices }) => [
    `.It Ar ${name}`,
    ...prose(sentence(choices.length === 0 ? help : `${help}: ${choices.join(', ')}`)),
  ]);
  return ['.Bl -tag -width Ds', ...items, '.El'];
}
