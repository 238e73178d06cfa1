import { ownAddresses } from '../daemon/forwarding.ts';
import { guardedPlaces, liftGuard, placesText } from '../firewall/nft/lift-guard.ts';
import { durationText } from '../report/words.ts';
import {
  configFlags,
  DEFAULT_CONFIG,
  isSet,
  lastText,
  seconds,
  type Command,
  type Flags,
} from './command.ts';
import { EXIT } from './exit-code.ts';
import { loadOrExplain } from './load.ts';
import { UsageError } from './usage-error.ts';
import { print, say } from './terminal.ts';

export const emergencyOpen: Command = {
  example: ['sudo $0 emergency-open ssh --for 10m', 'the kernel puts the guard back by itself'],
  flags: (parser) =>
    configFlags(parser)
      .default('config', DEFAULT_CONFIG)
      .positional('door', { type: 'string', demandOption: true, describe: 'name of the door' })
      .option('for', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'how long, like 10m; at most 7d',
      })
      .option('dry-run', {
        type: 'boolean',
        describe: 'say which ports it would be, and do nothing',
      }),
  run: open,
};

const SEVEN_DAYS = 604_800;

async function open(flags: Flags): Promise<number> {
  const name = lastText(flags, 'door')!;
  const forSeconds = seconds(flags, 'for')!;
  if (forSeconds > SEVEN_DAYS) throw new UsageError('--for: at most 7d');
  const configuration = loadOrExplain(flags);
  if (configuration === undefined) return EXIT.failed;
  const doors = configuration.doors.filter((door) => door.name === name);
  const places = guardedPlaces(doors, ownAddresses());
  if (places.ports.length + places.machines.length === 0) {
    const isYours = doors.some(({ useSet }) => useSet !== undefined);
    const guards = isYours ? 'uses a set of yours, and your rules guard it' : 'guards nothing';
    const why = doors.length === 0 ? `no door is called ${name}` : `door ${name} ${guards}`;
    say(`postern: ${why}`);
    return EXIT.failed;
  }
  if (isSet(flags, 'dry-run')) {
    print(`${placesText(places)}: would be open to everybody for ${durationText(forSeconds)}`);
  } else if (liftGuard(places, forSeconds * 1000)) {
    print(`${placesText(places)}: open to everybody for ${durationText(forSeconds)}`);
  } else {
    print(`no table inet postern guards ${placesText(places)}`);
  }
  return EXIT.done;
}
