import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directivesPage } from '../../../src/config/directives-page.ts';
import { ACTION } from '../../../src/config/action-directives.ts';
import { OPTIONS } from '../../../src/config/option-directives.ts';
import { DOOR } from '../../../src/config/door-directives.ts';
import { findDirective, namesOf, type Directive } from '../../../src/config/directive.ts';

const PAGE = join(import.meta.dirname, '../../../docs/configuration.md');

describe('the table of directives', () => {
  it.each([
    { section: 'options', table: OPTIONS },
    { section: 'doors', table: DOOR },
    { section: 'actions', table: ACTION },
  ])('has no name twice among the $section', ({ table }) => {
    const names = table.flatMap((directive) => namesOf(directive));
    expect(new Set(names).size).toBe(names.length);
  });

  it('is found by any name in any case', () => {
    expect(findDirective(DOOR, 'COMMAND')?.name).toBe('Start_Command');
    expect(findDirective(DOOR, 'timeout')?.name).toBe('Seq_Timeout');
    expect(findDirective(DOOR, 'constructor')).toBeUndefined();
  });

  it('is what docs/configuration.md shows (UPDATE_DOCS=1 writes it)', () => {
    const shown = readFileSync(PAGE, 'utf8');
    let wanted = shown;
    const tables = { options: OPTIONS, doors: DOOR, actions: ACTION };
    for (const [name, table] of Object.entries(tables)) {
      wanted = insert(wanted, name, directivesPage(table as readonly Directive<never>[]));
    }
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, wanted);
    else expect(shown).toBe(wanted);
  });
});

function insert(page: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const from = page.indexOf(begin) + begin.length;
  return page.slice(0, from) + table + page.slice(page.indexOf(end));
}
