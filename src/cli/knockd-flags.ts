import { packageVersion } from '../package-version.ts';
import { DEFAULT_CONFIG } from './command.ts';
import { flagLines, getopt, type FlagRule } from './getopt.ts';
import type { Caller } from './caller.ts';

/** What the command line of `knockd` says. */
export interface KnockdFlags {
  interface?: string;
  config: string;
  isDaemon: boolean;
  isDebug: boolean;
  isVerbose: boolean;
  looksUp: boolean;
  onlyIpv4: boolean;
  /** The file's own `PidFile` and `LogFile` beat these. */
  pidFile?: string;
  logFile?: string;
  user?: string;
  compat?: 'knockd';
}

export const KNOCKD_FLAGS: readonly FlagRule[] = [
  { short: 'i', long: 'interface', argument: 'IF', help: 'interface to watch; beats the file’s' },
  { short: 'd', long: 'daemon', help: 'go to the background once everything is ready' },
  { short: 'c', long: 'config', argument: 'FILE', help: `door file (${DEFAULT_CONFIG})` },
  { short: 'D', long: 'debug', help: 'say how the file is read and what each packet does' },
  { short: 'l', long: 'lookup', help: 'name knockers by their host names in the log' },
  { short: 'p', long: 'pidfile', argument: 'FILE', help: 'pid file for -d; the file’s beats it' },
  { short: 'g', long: 'logfile', argument: 'FILE', help: 'log file; the file’s beats it' },
  { short: 'v', long: 'verbose', help: 'event lines on stdout' },
  { short: '4', long: 'only-ip-v4', help: 'leave IPv6 out' },
  { short: 'V', long: 'version', help: 'print the version' },
  { short: 'h', long: 'help', help: 'print this' },
  {
    long: 'user',
    argument: 'NAME',
    help: 'become this user once ready; the file’s beats it',
    isExact: true,
  },
  {
    long: 'compat',
    argument: 'knockd',
    help: 'the behaviour of 0.8, as a mode of the whole daemon',
    isExact: true,
  },
];

/** 0.8 takes interface names up to here. */
const LONGEST_INTERFACE = 31;

/** The flags; or, if there is nothing more to do, the exit code. `-V` and `-h` act at their place. */
export function readKnockdFlags(args: readonly string[], caller: Caller): KnockdFlags | number {
  const flags: KnockdFlags = {
    config: DEFAULT_CONFIG,
    isDaemon: false,
    isDebug: false,
    isVerbose: false,
    looksUp: false,
    onlyIpv4: false,
  };
  for (const word of getopt('knockd', args, KNOCKD_FLAGS)) {
    if (word.kind === 'operand') continue;
    const wrong = word.kind === 'error' ? word.message : take(flags, word.long, word.value);
    if (wrong !== undefined) {
      caller.say(wrong);
      for (const line of USAGE) caller.print(line);
      return 0; // not what one would expect; scripts have got used to it
    }
    if (word.kind !== 'flag') continue;
    if (word.long === 'help') return help(caller);
    if (word.long === 'version') return version(caller);
  }
  return flags;
}

/** Enters a flag; what is wrong with it otherwise. */
function take(flags: KnockdFlags, long: string, value: string): string | undefined {
  switch (long) {
    case 'interface':
      flags.interface = value.slice(0, LONGEST_INTERFACE);
      return undefined;
    case 'config':
      flags.config = value;
      return undefined;
    case 'pidfile':
      flags.pidFile = value;
      return undefined;
    case 'logfile':
      flags.logFile = value;
      return undefined;
    case 'user':
      flags.user = value;
      return undefined;
    case 'compat':
      if (value !== 'knockd') return `knockd: --compat ${value}: only knockd is known`;
      flags.compat = 'knockd';
      return undefined;
    case 'daemon':
      flags.isDaemon = true;
      return undefined;
    case 'debug':
      flags.isDebug = true;
      return undefined;
    case 'lookup':
      flags.looksUp = true;
      return undefined;
    case 'verbose':
      flags.isVerbose = true;
      return undefined;
    case 'only-ip-v4':
      flags.onlyIpv4 = true;
      return undefined;
    default:
      return undefined;
  }
}

function help(caller: Caller): number {
  caller.print('Usage: knockd [options]\n');
  caller.print('Opens doors for who knocks at them. The drop-in name of `postern run`.\n');
  for (const line of flagLines(KNOCKD_FLAGS)) caller.print(line);
  caller.print(`\nExample: knockd -d -i eth0 -c ${DEFAULT_CONFIG}`);
  return 0;
}

function version(caller: Caller): number {
  caller.print(`knockd 0.8 (Postern ${packageVersion()})`);
  caller.print('A drop-in with the interface of knockd 0.8. MIT licence.');
  return 0;
}

/** Behind an error 0.8 prints its usage; wrappers compare it, so it is the same to the byte. */
export const USAGE: readonly string[] = [
  'usage: knockd [options]',
  'options:',
  '  -i, --interface <int>  network interface to listen on (default "eth0")',
  '  -d, --daemon           run as a daemon',
  '  -c, --config <file>    use an alternate config file',
  '  -D, --debug            output debug messages',
  '  -l, --lookup           lookup DNS names (may be a security risk)',
  '  -p, --pidfile          use an alternate pidfile',
  '  -g, --logfile          use an alternate logfile',
  '  -v, --verbose          be verbose',
  '  -4, --only-ip-v4       do not track ipv6',
  '  -V, --version          display version',
  '  -h, --help             this help',
  '',
];
