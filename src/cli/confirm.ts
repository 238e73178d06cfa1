import { confirmGuard } from '../firewall/nft/confirm-guard.ts';
import { placedText } from '../firewall/nft/guarded-machines.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit-code.ts';
import { print, say } from './terminal.ts';

export const confirm: Command = {
  example: ['sudo $0 confirm', 'you are still in: the guard may stay'],
  flags: (parser) => parser,
  run: async () => {
    const { confirmed, tooLate } = confirmGuard();
    if (confirmed.length > 0) print(`guarded from now on: ${placedText(confirmed)}`);
    if (tooLate.length > 0) {
      say(
        `postern: too late for ${placedText(tooLate)}: the guard is lifted; start the trial anew`,
      );
      return EXIT.failed;
    }
    if (confirmed.length === 0) print('nothing is on trial');
    return EXIT.done;
  },
};
