import type { ReloadAnswer } from '../control/answers.ts';
import { counted } from '../report/words.ts';
import { askDaemon, controlFlags } from './control-command.ts';
import { isSet, type Command } from './command.ts';

export const reload: Command = {
  example: ['sudo $0 reload', 'exits with 1, and nothing changes, if the file has errors'],
  flags: (parser) =>
    controlFlags(parser).option('allow-unguard', {
      type: 'boolean',
      describe: 'ports that no door opens any more are no longer guarded',
    }),
  run: (flags) => {
    const question = { do: 'reload', allowUnguard: isSet(flags, 'allow-unguard') };
    return askDaemon<ReloadAnswer>(flags, question, ({ doors, remarks }) => [
      ...remarks,
      `reloaded, ${counted(doors, 'door')}`,
    ]);
  },
};
