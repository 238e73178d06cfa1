import { readFileSync } from 'node:fs';

/** A text of a file that the page begins with, by its absolute path. */
export type GivenFile = readonly [path: string, text: string];

const BUILT = new URL('./page.html', import.meta.url);
const NOTHING_GIVEN = 'id="given"></script>';

/** The lab's page, with files in it: the door file first. Throws the system's own error where it was not built. */
export function pageText(files: readonly GivenFile[], built: URL = BUILT): string {
  const page = readFileSync(built, 'utf8');
  if (files.length === 0) return page;
  // Nothing in a file may end the element that holds it.
  const json = JSON.stringify(files).replaceAll('<', '\\u003c');
  return page.replace(NOTHING_GIVEN, () => `id="given">${json}</script>`);
}
