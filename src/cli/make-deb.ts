import { resolve } from 'node:path';
import { makeDeb } from '../packaging/deb/make-deb.ts';
import { pageDate } from '../packaging/man/page-date.ts';
import { PLACES } from '../packaging/places.ts';
import { loadCommands } from './commands.ts';
import { allAssets } from './print.ts';

// `npm run package:deb`: makes the package of what has been built, and prints its path.
const root = resolve(import.meta.dirname, '../..');
const commands = await loadCommands();
const assetsAt = (epoch: number): ReturnType<typeof allAssets> =>
  allAssets(commands, { starts: PLACES, date: pageDate(String(epoch)) });
console.log(makeDeb(root, assetsAt));
