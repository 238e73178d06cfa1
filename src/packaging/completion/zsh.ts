import { kindOf, type Flag, type Operand, type Program } from '../program.ts';

/** Completion for zsh, as it lies in a folder of its `fpath` under the name `_PROGRAM`. */
export function zshCompletion({ name, flags, commands }: Program): string {
  return [
    `#compdef ${name}`,
    `# ${name}: completion for zsh, made from its table of flags.`,
    ...(commands.length === 0 ? call(flags, [], '') : byCommand(commands)),
    '',
  ].join('\n');
}

function byCommand(commands: Program['commands']): string[] {
  return [
    'if (( CURRENT == 2 )); then',
    '  local -a names=(',
    ...commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`),
    '  )',
    "  _describe 'command' names",
    '  return',
    'fi',
    'local command=$words[2]',
    'shift words',
    '(( CURRENT-- ))',
    'case $command in',
    ...commands.flatMap(({ name, flags, operands }) => [
      `  ${name})`,
      ...call(flags, operands, '    '),
      '    ;;',
    ]),
    'esac',
  ];
}

function call(flags: readonly Flag[], operands: readonly Operand[], indent: string): string[] {
  const specs = [...flags.flatMap(flagSpecs), ...operands.map(operandSpec)];
  const last = operands.length === 0 ? ["'*:file:_files'"] : [];
  const words = [...specs, ...last];
  return [
    `${indent}_arguments \\`,
    ...words.map((spec, at) => `${indent}  ${spec}${at === words.length - 1 ? '' : ' \\'}`),
  ];
}

function flagSpecs(flag: Flag): string[] {
  const { short, long, help, argument } = flag;
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${long}`];
  const value = argument === undefined ? '' : `:${argument}:${action(flag)}`;
  return names.map((name) => quoted(`*${name}[${help.replaceAll(/[[\]:]/g, '\\$&')}]${value}`));
}

function action(flag: Flag): string {
  switch (kindOf(flag)) {
    case 'choices':
      return `(${flag.choices!.join(' ')})`;
    case 'interface':
      return '_net_interfaces';
    case 'file':
      return '_files';
    case 'none':
    case 'text':
      return ' ';
  }
}

function operandSpec({ name, choices, isRepeated, isOptional }: Operand): string {
  const many = isRepeated ? '*' : '';
  const optional = isOptional && !isRepeated ? ':' : '';
  return quoted(
    `${many}:${optional}${name}:${choices.length > 0 ? `(${choices.join(' ')})` : '_files'}`,
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
