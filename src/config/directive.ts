import type { Fragment } from './lexer.ts';
import type { Report } from './report.ts';
import type { Parse } from './values.ts';

/** One line of THE table: what a directive is called, takes, means, and is when it is not given. */
export interface Directive<Draft> {
  /** As the documentation writes it; any case is right in a file. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly since: 'knockd 0.8' | 'postern';
  /** What a value looks like; undefined: the directive stands alone. */
  readonly form: string | undefined;
  /** A value in the same form, read where the directive is not given. */
  readonly initial?: string;
  /** In place of `initial` under `compat = knockd`, where nothing else may be set. */
  readonly knockd?: string;
  /** What is the case without a value, where `initial` can't say it. */
  readonly otherwise?: string;
  /** May be given several times in one section. */
  readonly adds?: boolean;
  readonly help: string;
  readonly read: (draft: Draft, value: Fragment, report: Report) => void;
}

export const DAY = 86_400;

/** The directive of that name or alias, whatever its case. */
export function findDirective<Draft>(
  table: readonly Directive<Draft>[],
  key: string,
): Directive<Draft> | undefined {
  const wanted = key.toLowerCase();
  return table.find((directive) => namesOf(directive).includes(wanted));
}

/** Every name by which a directive goes, in small letters. */
export function namesOf({ name, aliases = [] }: Directive<never>): string[] {
  return [name, ...aliases].map((each) => each.toLowerCase());
}

/** Reads a value into a field of the draft. */
export function sets<Draft, Field extends keyof Draft>(
  field: Field,
  parse: Parse<NonNullable<Draft[Field]>>,
): Directive<Draft>['read'] {
  return (draft, value, report) => {
    const parsed = parse(value, report);
    if (parsed !== undefined) draft[field] = parsed;
  };
}
