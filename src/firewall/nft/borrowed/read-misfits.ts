import type { Door } from '../../../door/door.ts';
import { GrantBook } from '../../grant-book.ts';
import { KernelLink } from '../kernel-link.ts';
import { BorrowedKeeper } from './borrowed-keeper.ts';

/** Asks the kernel which sets doors name that can't be used: a line on each. */
export function readMisfits(doors: readonly Door[]): readonly string[] {
  const using = doors.filter(({ useSet }) => useSet !== undefined);
  if (using.length === 0) return [];
  using link = new KernelLink(0);
  const keeper = new BorrowedKeeper(link, using, new GrantBook(1), () => {});
  keeper.use();
  keeper.refresh();
  return keeper.troubles;
}
