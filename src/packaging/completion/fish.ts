import { kindOf, type Flag, type Program } from '../program.ts';

/** Completion for fish, as it lies in vendor_completions.d. */
export function fishCompletion({ name, flags, commands }: Program): string {
  const names = commands.map((command) => command.name).join(' ');
  return [
    `# ${name}: completion for fish, made from its table of flags.`,
    ...flags.map((flag) => `complete -c ${name} ${flagWords(flag)}`),
    ...commands.flatMap((command) => [
      `complete -c ${name} -f -n 'not __fish_seen_subcommand_from ${names}' -a ${command.name} -d ${quoted(command.summary)}`,
      ...within(name, command),
    ]),
    '',
  ].join('\n');
}

function within(program: string, { name, flags, operands }: Program['commands'][number]): string[] {
  const here = `complete -c ${program} -n '__fish_seen_subcommand_from ${name}'`;
  const chosen = operands.flatMap(({ choices }) => choices);
  return [
    ...flags.map((flag) => `${here} ${flagWords(flag)}`),
    ...(chosen.length === 0 ? [] : [`${here} -f -a ${quoted(chosen.join(' '))}`]),
  ];
}

function flagWords(flag: Flag): string {
  const { short, long, help } = flag;
  const names = [...(short === undefined ? [] : [`-s ${short}`]), `-l ${long}`];
  return [...names, ...valueWords(flag), `-d ${quoted(help)}`].join(' ');
}

function valueWords(flag: Flag): string[] {
  switch (kindOf(flag)) {
    case 'none':
      return [];
    case 'choices':
      return ['-x', `-a ${quoted(flag.choices!.join(' '))}`];
    case 'interface':
      return ['-x', "-a '(__fish_print_interfaces)'"];
    case 'file':
      return ['-r', '-F'];
    case 'text':
      return ['-x'];
  }
}

/** In single quotes fish knows two escapes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
