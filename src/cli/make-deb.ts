import { resolve } from 'node:path';
import { makeDeb } from '../packaging/deb/make-deb.ts';
import { COMMANDS } from './commands.ts';
import { allAssets } from './print.ts';

// `npm run package:deb`: makes the package of what has been built, and prints its path.
const root = resolve(import.meta.dirname, '../..');
console.log(makeDeb(root, (epoch) => allAssets(COMMANDS, String(epoch))));
