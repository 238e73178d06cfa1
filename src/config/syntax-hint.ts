import { OPTIONS } from './option-directives.ts';
import { DOOR } from './door-directives.ts';
import { findDirective } from './directive.ts';

/** What a line that is no statement was perhaps meant to be; `before` is the value in the line above. */
export function syntaxHint(line: string, before: string): string | undefined {
  if (/^\[[^\]]*\]\s*\S/.test(line)) return 'nothing may follow a title, no comment either';
  if (/^[^[]*\]$|^\[[^\]]*$/.test(line)) return 'a title stands between [ and ]';
  if (/^(;|\/\/|--)/.test(line)) return 'comments begin with #';
  if (before.endsWith('\\')) return 'a line can’t be continued';
  const { name, form } = findDirective(OPTIONS, line) ?? findDirective(DOOR, line) ?? {};
  return form === undefined ? undefined : `${name} = ${form}`;
}
