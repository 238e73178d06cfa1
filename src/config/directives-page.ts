import type { Directive } from './directive.ts';

/** The table of a section's directives in Markdown, as docs/configuration.md shows it. */
export function directivesPage(table: readonly Directive<never>[]): string {
  const rows = table.map((directive) => [
    [directive.name, ...(directive.aliases ?? [])].map(code).join(', '),
    directive.form === undefined ? 'nothing' : directive.form.replaceAll('|', '\\|'),
    initialOf(directive),
    directive.help,
    directive.since === 'postern' ? 'ours' : '0.8',
  ]);
  const head = ['directive', 'value', 'if not given', 'meaning', 'since'];
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function initialOf({ initial, knockd, otherwise }: Directive<never>): string {
  if (initial === undefined) return otherwise ?? 'none';
  const isDifferent = knockd !== undefined && knockd !== initial;
  return isDifferent ? `${code(initial)}; in compat ${code(knockd)}` : code(initial);
}

function code(text: string): string {
  return `\`${text}\``;
}
