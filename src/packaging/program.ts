/** A program's command line, as its page and its completions tell of it. */
export interface Program {
  readonly name: string;
  readonly flags: readonly Flag[];
  /** Words that come first, each with flags of its own; empty: none. */
  readonly commands: readonly ProgramCommand[];
}

export interface ProgramCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** In their order. */
  readonly operands: readonly Operand[];
}

export interface Flag {
  /** One letter, without its dash. */
  readonly short?: string | undefined;
  /** Without its dashes. */
  readonly long: string;
  /** What stands for the value; undefined: the flag takes none. */
  readonly argument?: string | undefined;
  /** The only values it takes. */
  readonly choices?: readonly string[] | undefined;
  readonly help: string;
}

export interface Operand {
  readonly name: string;
  readonly isOptional: boolean;
  readonly isRepeated: boolean;
  readonly choices: readonly string[];
  readonly help: string;
}

/** What completes a flag's value, or an operand. */
export function kindOf({
  argument,
  choices,
}: Flag): 'none' | 'choices' | 'interface' | 'file' | 'text' {
  if (argument === undefined) return 'none';
  if (choices !== undefined) return 'choices';
  if (/^IF|INTERFACE/.test(argument)) return 'interface';
  return /FILE|FOLDER|SOCKET/.test(argument) ? 'file' : 'text';
}
