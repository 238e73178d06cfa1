import { removeTable as removeKernelTable } from '../firewall/nft/remove-table.ts';
import { forgetGuard } from '../daemon/kept-guard.ts';
import { PLACES } from '../packaging/places.ts';
import { lastText, type Command } from './command.ts';
import { EXIT } from './exit-code.ts';
import { print } from './terminal.ts';

export const removeTable: Command = {
  example: ['sudo $0 remove-table', 'after the daemon has been stopped for good'],
  flags: (parser) =>
    parser.option('state-folder', {
      type: 'string',
      requiresArg: true,
      default: PLACES.state,
      describe: 'where the guard is kept for the next boot',
    }),
  run: async (flags) => {
    forgetGuard(lastText(flags, 'state-folder')!);
    print(removeKernelTable() ? 'table inet postern is gone' : 'there was no table inet postern');
    return EXIT.done;
  },
};
