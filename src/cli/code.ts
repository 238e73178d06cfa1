import type { Argv } from 'yargs';
import { codeSeries } from '../codec/code-codec.ts';
import { readSecret } from '../codec/key-file.ts';
import { codePorts, counterAt } from '../codec/one-time-code.ts';
import { UsedKnocks } from '../codec/used-knocks.ts';
import type { Configuration } from '../config/configuration.ts';
import { printable } from '../config/printable.ts';
import type { Door } from '../door/door.ts';
import type { OneTimeKnock } from '../door/encoded.ts';
import { usedKnocksFile } from '../daemon/used-knocks-file.ts';
import { configFlags, DEFAULT_CONFIG, isSet, lastText, type Command } from './command.ts';
import { EXIT } from './exit-code.ts';
import { loadOrExplain } from './load.ts';
import { UsageError } from './usage-error.ts';
import { print, say } from './terminal.ts';

export const code: Command = {
  example: ['knock gw.example.net $($0 code ssh)', 'knock at a totp door'],
  flags: (parser: Argv) =>
    configFlags(parser)
      .default('config', DEFAULT_CONFIG)
      .positional('door', { type: 'string', describe: 'name of a door with totp or hotp' })
      .demandOption('door')
      .option('counter', {
        type: 'string',
        requiresArg: true,
        describe: 'the code of this counter, in place of the next one',
      })
      .option('json', { type: 'boolean', describe: 'one object' }),
  run: async (flags) => {
    const configuration = loadOrExplain(flags);
    if (configuration === undefined) return EXIT.failed;
    const name = lastText(flags, 'door')!;
    const door = configuration.doors.find((each) => each.name === name);
    if (door === undefined || !hasCodes(door)) {
      const why = door === undefined ? 'no door is called' : 'no codes open the door';
      say(`postern: ${why} "${printable(name)}"`);
      return EXIT.failed;
    }
    const { encoded } = door;
    const secret = readSecret(encoded.secretFile);
    const given = lastText(flags, 'counter');
    const counter =
      given === undefined ? nextCounter(configuration, door, secret) : parseCounter(given);
    const ports = codePorts(encoded, secret, counter);
    if (isSet(flags, 'json')) {
      const { carrier } = encoded;
      print(
        JSON.stringify({ version: 1, door: name, kind: encoded.kind, counter, carrier, ports }),
      );
    } else {
      print(ports.map((port) => TEXTS[encoded.carrier](port)).join(' '));
    }
    return EXIT.done;
  },
};

const TEXTS = {
  tcp: (port: number) => String(port),
  udp: (port: number) => `${port}:udp`,
  icmp: (size: number) => `icmp:${size}`,
} as const;

type CodeDoor = Door & { readonly encoded: OneTimeKnock };

function hasCodes(door: Door): door is CodeDoor {
  return door.encoded?.kind === 'totp' || door.encoded?.kind === 'hotp';
}

/** TOTP goes by the clock; HOTP by what the daemon has seen, whose book only its owner can read. */
function nextCounter(
  configuration: Configuration,
  { name, encoded }: CodeDoor,
  secret: Uint8Array,
): number {
  if (encoded.kind === 'totp') return counterAt(Date.now() / 1000, encoded);
  return UsedKnocks.usedUpTo(usedKnocksFile(configuration), codeSeries(name, secret)) + 1;
}

function parseCounter(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`--counter ${text}: no counter`);
}
