/** One flag of a program, as getopt_long(3) knows it. */
export interface FlagRule {
  readonly short?: string;
  readonly long: string;
  /** What stands for the argument in the usage text; undefined: the flag takes none. */
  readonly argument?: string;
  readonly help: string;
  /** Must be written in full: what 0.8 does not have must not make its abbreviations ambiguous. */
  readonly isExact?: boolean;
}

/** What a command line is made of, in its order. */
export type Word =
  | { readonly kind: 'flag'; readonly long: string; readonly value: string }
  | { readonly kind: 'operand'; readonly text: string }
  /** The message is getopt's own. */
  | { readonly kind: 'error'; readonly message: string };

/**
 * Reads a command line as GNU getopt_long does: short flags may be bundled, a long name may be cut to
 * any beginning that fits one flag alone, values follow at once or as the next word, operands may stand
 * anywhere, and after `--` there are operands only. It goes on behind an error, as getopt would.
 */
export function* getopt(
  program: string,
  args: readonly string[],
  rules: readonly FlagRule[],
): Generator<Word> {
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') {
      for (const text of words.splice(0)) yield { kind: 'operand', text };
    } else if (word.startsWith('--')) {
      yield longFlag(program, word.slice(2), words, rules);
    } else if (word.startsWith('-') && word !== '-') {
      yield* bundle(program, word.slice(1), words, rules);
    } else {
      yield { kind: 'operand', text: word };
    }
  }
}

function longFlag(
  program: string,
  text: string,
  words: string[],
  rules: readonly FlagRule[],
): Word {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const fitting = candidates(name, rules);
  const [rule] = fitting;
  if (rule === undefined) return error(program, `unrecognized option '--${name}'`);
  if (fitting.length > 1) {
    const names = fitting.map(({ long }) => `'--${long}'`).join(' ');
    return error(program, `option '--${name}' is ambiguous; possibilities: ${names}`);
  }
  const { long, argument } = rule;
  if (argument === undefined) {
    if (equals >= 0) return error(program, `option '--${long}' doesn't allow an argument`);
    return { kind: 'flag', long, value: '' };
  }
  const value = equals < 0 ? words.shift() : text.slice(equals + 1);
  if (value === undefined) return error(program, `option '--${long}' requires an argument`);
  return { kind: 'flag', long, value };
}

/** The flag of that very name, or all that begin with it. */
function candidates(name: string, rules: readonly FlagRule[]): FlagRule[] {
  const exact = rules.find(({ long }) => long === name);
  if (exact !== undefined) return [exact];
  return rules.filter(({ long, isExact }) => isExact !== true && long.startsWith(name));
}

function* bundle(
  program: string,
  text: string,
  words: string[],
  rules: readonly FlagRule[],
): Generator<Word> {
  for (const [at, letter] of [...text].entries()) {
    const rule = rules.find(({ short }) => short === letter);
    if (rule === undefined) {
      yield error(program, `invalid option -- '${letter}'`);
    } else if (rule.argument === undefined) {
      yield { kind: 'flag', long: rule.long, value: '' };
    } else {
      const rest = [...text].slice(at + 1).join('');
      const value = rest === '' ? words.shift() : rest;
      yield value === undefined
        ? error(program, `option requires an argument -- '${letter}'`)
        : { kind: 'flag', long: rule.long, value };
      return;
    }
  }
}

function error(program: string, message: string): Word {
  return { kind: 'error', message: `${program}: ${message}` };
}

/** One line a flag, `-c, --config FILE  what it does`, in columns. */
export function flagLines(rules: readonly FlagRule[]): string[] {
  const heads = rules.map(({ short, long, argument }) => {
    const name = `${short === undefined ? '   ' : `-${short},`} --${long}`;
    return argument === undefined ? name : `${name} ${argument}`;
  });
  const width = Math.max(...heads.map(({ length }) => length));
  return rules.map(({ help }, at) => `  ${heads[at]!.padEnd(width)}  ${help}`);
}
