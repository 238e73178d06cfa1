import { kindOf, type Flag, type Operand, type Program } from '../program.ts';

/** Completion for bash, as it lies in /usr/share/bash-completion/completions. */
export function bashCompletion({ name, flags, commands }: Program): string {
  return [
    `# ${name}: completion for bash, made from its table of flags.`,
    `_${name}() {`,
    '  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}',
    '  COMPREPLY=()',
    ...(commands.length === 0 ? rules(flags, [], '  ') : byCommand(commands)),
    '}',
    `complete -F _${name} ${name}`,
    '',
  ].join('\n');
}

function byCommand(commands: Program['commands']): string[] {
  const names = commands.map(({ name }) => name).join(' ');
  return [
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W '${names} --help --version' -- "$word"))`,
    '    return',
    '  fi',
    '  case ${COMP_WORDS[1]} in',
    ...commands.flatMap(({ name, flags, operands }) => [
      `    ${name})`,
      ...rules(flags, operands, '      '),
      '      ;;',
      '    ',
    ]),
    '  esac',
  ].filter((line) => line.trim() !== '');
}

function rules(flags: readonly Flag[], operands: readonly Operand[], indent: string): string[] {
  const values = flags.flatMap((flag) => valueRule(flag));
  const words = flags.flatMap(namesOf).join(' ');
  const chosen = operands.flatMap(({ choices }) => choices).join(' ');
  const other =
    chosen === ''
      ? 'COMPREPLY=($(compgen -f -- "$word"))'
      : `COMPREPLY=($(compgen -W '${chosen}' -- "$word"))`;
  const last = [
    'case $word in',
    `  -*) COMPREPLY=($(compgen -W '${words}' -- "$word")) ;;`,
    `  *) ${other} ;;`,
    'esac',
  ];
  if (values.length === 0) return last.map((line) => `${indent}${line}`);
  const lines = [
    'case $before in',
    ...values.map((line) => `  ${line}`),
    '  *)',
    ...last.map((line) => `    ${line}`),
    '    ;;',
    'esac',
  ];
  return lines.map((line) => `${indent}${line}`);
}

/** What stands behind a flag that takes a value. */
function valueRule(flag: Flag): string[] {
  const names = namesOf(flag).join('|');
  switch (kindOf(flag)) {
    case 'none':
      return [];
    case 'choices':
      return [`${names}) COMPREPLY=($(compgen -W '${flag.choices!.join(' ')}' -- "$word")) ;;`];
    case 'interface':
      return [`${names}) COMPREPLY=($(compgen -W "any $(ls /sys/class/net)" -- "$word")) ;;`];
    case 'file':
      return [`${names}) COMPREPLY=($(compgen -f -- "$word")) ;;`];
    case 'text':
      return [`${names}) ;;`];
  }
}

function namesOf({ short, long }: Flag): string[] {
  return [...(short === undefined ? [] : [`-${short}`]), `--${long}`];
}
