import { sets, type Directive } from './directive.ts';
import type { OptionsDraft } from './drafts.ts';
import { absolutePath, networks, word, yesNo, type Parse } from './values.ts';

/** Directives of `[options]` about who is let in or shut out, whatever knocks. */
export const LISTS: readonly Directive<OptionsDraft>[] = [
  {
    name: 'allow',
    since: 'postern',
    form: 'network, ...',
    otherwise: 'nobody',
    adds: true,
    help: 'Networks that guarded ports let in without a knock, even out of a wider `block`.',
    read: appends('allow', networks),
  },
  {
    name: 'allow_file',
    since: 'postern',
    form: 'absolute path',
    otherwise: 'none',
    adds: true,
    help: 'The same from a file: an address, a network or a range a line, remarks behind `#` or `;`. See docs/filtering.md.',
    read: appends('allowFiles', path),
  },
  {
    name: 'block',
    since: 'postern',
    form: 'network, ...',
    otherwise: 'nobody',
    adds: true,
    help: 'Networks whose knocks are not heard, and whose new connections to guarded ports are dropped before any grant is looked at.',
    read: appends('block', networks),
  },
  {
    name: 'block_file',
    since: 'postern',
    form: 'absolute path',
    otherwise: 'none',
    adds: true,
    help: 'The same from a file, in the form of `allow_file`; a million prefixes at most. Read again by every reload.',
    read: appends('blockFiles', path),
  },
  {
    name: 'block_scope',
    since: 'postern',
    form: 'guarded or all',
    initial: 'guarded',
    help: 'Where blocked networks are shut out: at guarded ports, or by everything that comes to this host, living sessions too. `all` costs every packet a look into the lists: 150 to 900 ns.',
    read: sets('blockScope', word('guarded', 'all')),
  },
  {
    name: 'block_counters',
    since: 'postern',
    form: 'yes or no',
    initial: 'no',
    help: 'Whether each prefix of the `block` lists counts what it keeps out, for `postern blocked`. Loading takes about twice as long.',
    read: sets('blockCounters', yesNo),
  },
  {
    name: 'never_block',
    since: 'postern',
    form: 'network, ...',
    otherwise: 'none',
    adds: true,
    help: 'Networks that nothing may block: lists that touch them are refused, by hand and for scanning nobody there is blocked.',
    read: appends('neverBlock', networks),
  },
];

type Plural = 'allow' | 'block' | 'neverBlock' | 'allowFiles' | 'blockFiles';

/** Reads a value behind those that were given before. */
function appends<Field extends Plural>(
  field: Field,
  parse: Parse<OptionsDraft[Field]>,
): Directive<OptionsDraft>['read'] {
  return (draft, value, report) => {
    const parsed = parse(value, report);
    if (parsed === undefined) return;
    draft[field] = [...draft[field], ...parsed] as OptionsDraft[Field];
  };
}

function path(...[value, report]: Parameters<Parse<string>>): readonly string[] | undefined {
  const found = absolutePath(value, report);
  return found === undefined ? undefined : [found];
}
