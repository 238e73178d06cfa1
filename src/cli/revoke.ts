import type { RevokeAnswer } from '../control/answers.ts';
import { askDaemon, changingFlags, dryRun } from './control-command.ts';
import { lastText, type Command } from './command.ts';
import { UsageError } from './usage-error.ts';

export const revoke: Command = {
  example: ['sudo $0 revoke ssh 203.0.113.9', 'or: revoke ssh, revoke --source 203.0.113.9'],
  flags: (parser) =>
    changingFlags(parser)
      .positional('door', { type: 'string', describe: 'name of the door; its grants all end' })
      .positional('address', { type: 'string', describe: 'only of this address or network' })
      .option('source', {
        type: 'string',
        requiresArg: true,
        describe: 'address or network, at all doors',
      }),
  run: (flags) => {
    const door = lastText(flags, 'door');
    const source = lastText(flags, 'address') ?? lastText(flags, 'source');
    if (door === undefined && source === undefined) {
      throw new UsageError('whose grants? A door, an address, or both');
    }
    const what = dryRun(flags) ? 'would be closed' : 'closed (revoked)';
    const question = { do: 'revoke', door, source, dryRun: dryRun(flags) };
    return askDaemon<RevokeAnswer>(flags, question, ({ revoked }) =>
      revoked.length === 0
        ? ['there was nothing to revoke']
        : revoked.map((each) => `${each.source}: ${each.door}: ${what}`),
    );
  },
};
