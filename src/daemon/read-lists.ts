import type { ListReader } from '../config/address-lists.ts';
import { type AddressLists } from '../config/address-lists.ts';
import type { Configuration } from '../config/configuration.ts';
import { untouchable } from './untouchable.ts';

/** A list that a daemon can't start with. */
export class ListError extends Error {
  readonly code = 'LIST';
}

/** The lists of a configuration. Throws a `ListError` that says all that is wrong with them. */
export function readLists(reader: ListReader, configuration: Configuration): AddressLists {
  const lists = readListsAgain(reader, configuration);
  const errors = lists.problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return lists;
  throw new ListError(errors.map((error) => error.format()).join('\n'));
}

/** The same for a reload: a file that is broken now counts as it was, and its problems say so. */
export function readListsAgain(reader: ListReader, { file, options }: Configuration): AddressLists {
  return reader.read(file, options.lists, untouchable());
}

/** What people are told about lists that are in force. */
export function listRemarks({ problems }: AddressLists): string[] {
  const broken = new Set(
    problems.filter(({ severity }) => severity === 'error').map(({ file }) => file),
  );
  return [
    ...problems.map((problem) => problem.format()),
    ...[...broken].map((file) => `${file}: the list stays as it was`),
  ];
}
