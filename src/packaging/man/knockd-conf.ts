import { ACTION } from '../../config/action-directives.ts';
import { OPTIONS } from '../../config/option-directives.ts';
import { DOOR } from '../../config/door-directives.ts';
import type { Directive } from '../../config/directive.ts';
import { example, literal, paragraphs, prose, type Page } from './mdoc.ts';

/** knockd.conf(5), from the table of directives. */
export function knockdConfPage(): Page {
  return {
    name: 'knockd.conf',
    section: 5,
    summary: 'doors of knockd and postern',
    body: [
      '.Sh DESCRIPTION',
      ...paragraphs(
        'One statement stands on a line: `[section]`, a directive and its value with `=` between them, or `UseSyslog` alone. Blanks around them and the case of directives do not matter. Lines that begin with `#` are comments.',
        '`[options]` is about the daemon; every other section is a door of that name. `postern check` tells everything that is wrong with a file.',
        'Durations in directives that knockd 0.8 does not know are `90` or `90s`, `10m`, `2h`, `7d`, `500ms`.',
      ),
      '.Sh OPTIONS',
      ...directives(OPTIONS),
      '.Sh DOORS',
      ...directives(DOOR),
      '.Ss Actions',
      ...paragraphs('`[action NAME]` is what the `actions` and `offers` of doors name.'),
      ...directives(ACTION),
      '.Sh EXAMPLES',
      ...example([
        '[options]',
        '    trusted = 192.0.2.0/24',
        '[ssh]',
        '    sequence    = 41187,5023:udp,60311',
        '    seq_timeout = 10',
        '    tcpflags    = syn',
        '    open        = tcp/22',
        '    open_for    = 30s',
      ]),
      '.Sh SEE ALSO',
      '.Xr knockd 8 ,',
      '.Xr postern 8',
    ],
  };
}

function directives(table: readonly Directive<never>[]): string[] {
  return [
    '.Bl -tag -width Ds',
    ...table.flatMap((directive) => [
      head(directive),
      ...prose(directive.help),
      ...rest(directive),
    ]),
    '.El',
  ];
}

function head({ name, aliases = [], form }: Directive<never>): string {
  const names = [name, ...aliases].map((each) => `Ic ${each}`).join(' , ');
  return form === undefined ? `.It ${names}` : `.It ${names} No = Ar ${literal(form)}`;
}

function rest({ initial, knockd, otherwise, since }: Directive<never>): string[] {
  const value = initial === undefined ? (otherwise ?? 'none') : `\`${initial}\``;
  const inCompat =
    initial === undefined || knockd === undefined || knockd === initial
      ? ''
      : `; under \`compat = knockd\` \`${knockd}\``;
  const origin = since === 'postern' ? ' Unknown to knockd 0.8.' : '';
  return prose(`If not given: ${value}${inCompat}.${origin}`);
}
