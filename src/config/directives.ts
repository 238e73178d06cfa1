import type { DoorDraft, OptionsDraft } from './drafts.ts';
import { encodedForm, legacyChoices, oneTimeCode, portRanges } from './encoded-values.ts';
import { knockdFlags, knockdSeconds, knockdSequence } from './knockd-values.ts';
import type { Fragment } from './lexer.ts';
import type { Report } from './report.ts';
import {
  absolutePath,
  account,
  duration,
  interfaces,
  markBits,
  networks,
  openPorts,
  pathOrNone,
  powerOfTwo,
  text,
  vlan,
  wholeNumber,
  word,
  yesNo,
  type Parse,
} from './values.ts';

/** One line of THE table: what a directive is called, takes, means, and is when it is not given. */
export interface Directive<Draft> {
  /** As the documentation writes it; any case is right in a file. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly since: 'knockd 0.8' | 'postern';
  /** What a value looks like; undefined: the directive stands alone. */
  readonly form: string | undefined;
  /** A value in the same form, read where the directive is not given. */
  readonly initial?: string;
  /** In place of `initial` under `compat = knockd`, where nothing else may be set. */
  readonly knockd?: string;
  /** What is the case without a value, where `initial` can't say it. */
  readonly otherwise?: string;
  /** May be given several times in one section. */
  readonly adds?: boolean;
  readonly help: string;
  readonly read: (draft: Draft, value: Fragment, report: Report) => void;
}

const DAY = 86_400;

export const OPTIONS: readonly Directive<OptionsDraft>[] = [
  {
    name: 'UseSyslog',
    since: 'knockd 0.8',
    form: undefined,
    otherwise: 'no syslog',
    adds: true,
    help: 'Messages go to syslog. Stands alone, in any section.',
    read: (draft) => {
      draft.useSyslog = true;
    },
  },
  {
    name: 'LogFile',
    since: 'knockd 0.8',
    form: 'path',
    otherwise: 'no log file',
    help: 'Messages go to this file.',
    read: sets('logFile', text),
  },
  {
    name: 'PidFile',
    since: 'knockd 0.8',
    form: 'path',
    initial: '/var/run/knockd.pid',
    help: 'Where the process id goes with `-d`.',
    read: sets('pidFile', text),
  },
  {
    name: 'Interface',
    since: 'knockd 0.8',
    form: 'name, ...',
    otherwise: '`eth0`, or where the default route goes',
    adds: true,
    help: 'Interfaces to listen on; `-i` beats it. Under `compat = knockd` one name, and the first line counts.',
    read: (draft, value) => {
      draft.interfaceLines.push(value);
    },
  },
  {
    name: 'user',
    since: 'postern',
    form: 'account',
    otherwise: 'root, as 0.8',
    help: 'Whose process the daemon becomes once root has made its folders ready; of root’s rights it keeps CAP_NET_RAW and CAP_NET_ADMIN. Commands run in a small helper that stays root’s.',
    read: sets('user', account),
  },
  {
    name: 'compat',
    since: 'postern',
    form: 'knockd',
    otherwise: 'Postern’s own rules',
    help: 'The behaviour of 0.8, as a mode of the whole daemon.',
    read: sets('compat', word('knockd')),
  },
  {
    name: 'include',
    since: 'postern',
    form: 'folder',
    otherwise: 'nothing',
    adds: true,
    help: 'Reads the `*.conf` files of this folder too, in order of their names, behind this file. A relative folder lies beside the file that names it.',
    read: () => {}, // followed before any directive is read
  },
  {
    name: 'trusted',
    since: 'postern',
    form: 'network, ...',
    otherwise: 'none',
    help: 'Networks that guarded ports never shut out.',
    read: sets('trusted', networks),
  },
  {
    name: 'guard_interfaces',
    since: 'postern',
    form: 'name, ...',
    otherwise: 'all interfaces',
    help: 'The guard works on packets that come in by these alone.',
    read: sets('guardInterfaces', interfaces),
  },
  {
    name: 'mark',
    since: 'postern',
    form: 'number, or 0x and digits',
    otherwise: 'packets are not marked',
    help: 'Bits that are set in the mark of packets from who has a grant, at the ports that it is for, so that your own rules can let them in.',
    read: sets('mark', markBits),
  },
  {
    name: 'published',
    since: 'postern',
    form: 'yes, no or auto',
    initial: 'auto',
    help: 'Whether guarded ports may be published by address translation, as Docker does; `auto` looks at the ruleset.',
    read: sets('published', word('yes', 'no', 'auto')),
  },
  {
    name: 'first_start',
    since: 'postern',
    form: 'seed or cut',
    initial: 'seed',
    help: 'Where a port is guarded with `on_expire = cut` for the first time: `seed` lets in who is connected right now for the door’s `open_for`, `cut` ends these sessions. A line says what was done.',
    read: sets('firstStart', word('seed', 'cut')),
  },
  {
    name: 'max_attempts',
    since: 'postern',
    form: 'power of two',
    initial: '1048576',
    help: 'Attempts in the matcher’s table, 16 bytes of hot memory each, from 1024 to 67108864.',
    read: sets('maxAttempts', powerOfTwo(1024, 1 << 26)),
  },
  {
    name: 'max_grants',
    since: 'postern',
    form: 'number',
    initial: '65536',
    help: 'Grants that each set of the firewall has room for, from 16 to 4194304.',
    read: sets('maxGrants', wholeNumber(16, 1 << 22)),
  },
  {
    name: 'event_lines',
    since: 'postern',
    form: 'number a second',
    initial: '50',
    knockd: '0',
    help: 'Lines about stages, timeouts and refusals in a second, a twentieth of it while a flood goes on; more are counted only. 0: no limit. Openings always have their line.',
    read: sets('eventLinesPerSecond', wholeNumber(0, 1_000_000)),
  },
  {
    name: 'on_stop',
    since: 'postern',
    form: 'keep or remove',
    initial: 'keep',
    help: 'Whether the guard stays up when the daemon stops. Kept, guarded ports stay shut and grants end at their time.',
    read: sets('onStop', word('keep', 'remove')),
  },
  {
    name: 'on_door_removed',
    since: 'postern',
    form: 'close or keep',
    initial: 'close',
    help: 'What becomes of the grants of a door that a reload removes or renames: they end with it, or at their time.',
    read: sets('onDoorRemoved', word('close', 'keep')),
  },
  {
    name: 'owner',
    since: 'postern',
    form: 'yes or no',
    initial: 'no',
    help: 'Whether the table belongs to the daemon, so that nobody else can change or flush it while it runs. Where doors guard ports that takes Linux 6.9.',
    read: sets('owner', yesNo),
  },
  {
    name: 'state_folder',
    since: 'postern',
    form: 'absolute path',
    initial: '/var/lib/postern',
    help: 'Where the daemon keeps the seed of its decoys, the guard for the next boot, and stop commands until they have run. Must be its own, mode 0700, and no link. Without it the one that systemd names (`STATE_DIRECTORY`) comes first.',
    read: sets('stateFolder', absolutePath),
  },
  {
    name: 'up_command',
    since: 'postern',
    form: 'shell command',
    otherwise: 'none',
    help: 'Runs once the table stands, before the daemon says that it listens.',
    read: sets('up', text),
  },
  {
    name: 'down_command',
    since: 'postern',
    form: 'shell command',
    otherwise: 'none',
    help: 'Runs when the daemon has been told to end, before it lets go of the table.',
    read: sets('down', text),
  },
  {
    name: 'hook_limit',
    since: 'postern',
    form: 'duration',
    initial: '30s',
    help: 'How long each of these two may run, from 10ms to 10m; the daemon waits for them so long.',
    read: sets('hookLimitSeconds', duration(0.01, 600)),
  },
  {
    name: 'control_socket',
    since: 'postern',
    form: 'absolute path, or none',
    initial: '/run/postern/control.sock',
    knockd: 'none',
    help: 'Where `postern status`, `list`, `grant`, `revoke`, `reload` and `watch` find the daemon; without it `control.sock` in the folder that systemd names (`RUNTIME_DIRECTORY`) comes first. Root and the user that the daemon runs as may change things there.',
    read: sets('controlSocket', pathOrNone),
  },
  {
    name: 'control_group',
    since: 'postern',
    form: 'name of a group',
    otherwise: 'the group `postern`, if there is one',
    help: 'Whose members may look: `status`, `list` and `watch`.',
    read: sets('controlGroup', text),
  },
  {
    name: 'lost_stop',
    since: 'postern',
    form: 'run or skip',
    initial: 'run',
    help: 'What becomes of stop commands whose time passed while no daemon ran: after a crash, a kill or a reboot.',
    read: sets('lostStop', word('run', 'skip')),
  },
  {
    name: 'max_commands',
    since: 'postern',
    form: 'number',
    initial: '64',
    help: 'Commands that run at one time, from 1 to 4096; more wait for their turn.',
    read: sets('maxCommands', wholeNumber(1, 4096)),
  },
  {
    name: 'command_limit',
    since: 'postern',
    form: 'duration, or 0',
    initial: '10m',
    knockd: '0',
    help: 'How long a command may run, up to 7d; then it is ended with its process group. 0: for ever.',
    read: sets('commandLimitSeconds', duration(0.01, 7 * DAY, 'or zero')),
  },
  {
    name: 'command_output',
    since: 'postern',
    form: 'bytes, or 0',
    initial: '65536',
    knockd: '0',
    help: 'How much of what a command prints goes on to the daemon’s own streams, up to 1073741824; the rest is dropped, and that is said. 0: commands have these streams themselves.',
    read: sets('commandOutputBytes', wholeNumber(0, 1 << 30)),
  },
];

export const DOOR: readonly Directive<DoorDraft>[] = [
  {
    name: 'Sequence',
    since: 'knockd 0.8',
    form: 'port[:tcp|udp] | icmp[:size] | icmp6[:size], ... | a code',
    otherwise: 'required',
    help: 'The knocks in their order, at most 32. `icmp` is a ping (an echo request) over IPv4, `icmp6` one over IPv6; with a size, one that carries just so many bytes: `ping -c 1 -s 64` knocks at `icmp:64`. A code, `totp(secret-file, 4 ports in 20000-59999)` or `hotp` likewise, stands for ports that change: see docs/encoded-knocks.md.',
    read: (draft, value, report) => {
      if (/^[th]otp\b/i.test(value.text)) {
        draft.oneTimeCode = oneTimeCode(value, report) ?? 'wrong';
        return;
      }

      draft.sequence = knockdSequence(value, report, draft.name) ?? 'wrong';
    },
  },
  {
    name: 'One_Time_Sequences',
    since: 'knockd 0.8',
    form: 'path',
    otherwise: 'none',
    help: 'A file of sequences, each good for one opening: its first character becomes `#` before the door opens. In place of `Sequence`.',
    read: sets('oneTimeSequences', text),
  },
  {
    name: 'encoded',
    since: 'postern',
    form: 'sealed, or legacy with its fields',
    otherwise: 'a `Sequence`',
    help: 'A knock that says something, on the ports of `span`; see docs/encoded-knocks.md. `legacy(client, port, flag0, checksum)` is the format of 2004. In place of `Sequence`.',
    read: sets('encoded', encodedForm),
  },
  {
    name: 'span',
    since: 'postern',
    form: 'port[-port], ...',
    otherwise: 'required with `encoded`',
    help: 'The ports that an encoded knock lies on. The more there are, the fewer packets it takes.',
    read: sets('span', portRanges),
  },
  {
    name: 'carrier',
    since: 'postern',
    form: 'tcp or udp',
    initial: 'tcp',
    help: 'What the packets of an encoded knock, or of a code, are. TCP ones count with SYN and without ACK, if `TCPFlags` says nothing else.',
    read: sets('carrier', word('tcp', 'udp')),
  },
  {
    name: 'keys',
    since: 'postern',
    form: 'path',
    otherwise: 'required with `encoded = sealed`',
    help: 'A file of lines `CLIENT KEY`, each key 64 hexadecimal digits (`openssl rand -hex 32`). Refused if others than its owner can read it.',
    read: sets('keyFile', text),
  },
  {
    name: 'clock_window',
    since: 'postern',
    form: 'duration',
    initial: '30s',
    help: 'How far the clock of a sealed knock’s client may be off, either way, from 1s to 1h.',
    read: sets('clockWindowSeconds', duration(1, 3600)),
  },
  {
    name: 'knock_address',
    since: 'postern',
    form: 'agree, observed or stated',
    initial: 'agree',
    help: 'Whom a sealed knock opens for. `agree`: the address inside the seal, if the packets come from there. `observed`: where the packets come from; who takes them off the wire can send them from elsewhere. `stated`: the address inside, wherever they come from; takes twice the packets, and a span of 512 ports.',
    read: sets('knockAddress', word('agree', 'observed', 'stated')),
  },
  {
    name: 'open_at_most',
    since: 'postern',
    form: 'duration',
    otherwise: '`open_for`',
    help: 'The longest that a sealed knock can ask for, from 1s to 7d.',
    read: sets('longestSeconds', duration(1, 7 * DAY)),
  },
  {
    name: 'code_period',
    since: 'postern',
    form: 'duration',
    initial: '30s',
    help: '`totp`: how long one code is in force, from 10s to 1h.',
    read: sets('codePeriodSeconds', duration(10, 3600)),
  },
  {
    name: 'code_drift',
    since: 'postern',
    form: 'number',
    otherwise: '`totp` 1, `hotp` 10',
    help: '`totp`: how many codes before and after the one in force count too. `hotp`: how many after the next one do. From 0 to 20.',
    read: sets('codeDrift', wholeNumber(0, 20)),
  },
  {
    name: 'passphrase',
    since: 'postern',
    form: 'path',
    otherwise: 'no cipher',
    help: '`encoded = legacy(...)`: a file whose first line is the passphrase. Refused if others than its owner can read it.',
    read: sets('passphraseFile', text),
  },
  {
    name: 'legacy',
    since: 'postern',
    form: 'choice=value, ...',
    otherwise: 'the likeliest',
    help: '`encoded = legacy(...)`: what the published description leaves open, as `postern calibrate` prints it.',
    read: sets('legacy', legacyChoices),
  },
  {
    name: 'max_queues',
    since: 'postern',
    form: 'number, a power of two',
    initial: '65536',
    help: 'Sources whose packets to the span are remembered at one time, from 64 to 4194304. On 256 ports a sealed knock’s takes 400 bytes.',
    read: sets('maxQueues', powerOfTwo(64, 1 << 22)),
  },
  {
    name: 'Seq_Timeout',
    aliases: ['Timeout'],
    since: 'knockd 0.8',
    form: 'seconds',
    initial: '25',
    help: 'The whole sequence must fit into this time, counted from its first knock; at the very end of it is too late.',
    read: sets('windowSeconds', knockdSeconds),
  },
  {
    name: 'TCPFlags',
    since: 'knockd 0.8',
    form: 'flag,!flag,...',
    otherwise: 'any flags',
    adds: true,
    help: 'Flags that TCP knocks must have, or with `!` must not have: fin syn rst psh ack urg. No blanks between them. Lines add up.',
    read: (draft, value, report) => {
      draft.flags = knockdFlags(value, draft.flags, report) ?? draft.flags;
    },
  },
  {
    name: 'Target',
    since: 'knockd 0.8',
    form: 'address',
    otherwise: 'the host’s own addresses',
    help: 'The destination that knocks must have.',
    read: (draft, value) => {
      draft.target = value;
    },
  },
  {
    name: 'Start_Command',
    aliases: ['Command'],
    since: 'knockd 0.8',
    form: 'shell command',
    otherwise: 'none',
    help: 'Runs when the door opens; `%IP%` is the knocker’s address.',
    read: sets('start', text),
  },
  {
    name: 'Start_Command_6',
    aliases: ['Command_6'],
    since: 'knockd 0.8',
    form: 'shell command',
    otherwise: '`Start_Command`',
    help: 'In place of it for knocks by IPv6. Given but empty: nothing runs.',
    read: sets('start6', text),
  },
  {
    name: 'Cmd_Timeout',
    since: 'knockd 0.8',
    form: 'seconds',
    otherwise: '10; with `open`, at the end of the grant',
    help: 'From the end of the start command to the stop command.',
    read: sets('commandTimeout', knockdSeconds),
  },
  {
    name: 'Stop_Command',
    since: 'knockd 0.8',
    form: 'shell command',
    otherwise: 'none',
    help: 'Runs after `Cmd_Timeout`.',
    read: sets('stop', text),
  },
  {
    name: 'Stop_Command_6',
    since: 'knockd 0.8',
    form: 'shell command',
    otherwise: '`Stop_Command`',
    help: 'In place of it for knocks by IPv6. Given but empty: nothing runs.',
    read: sets('stop6', text),
  },
  {
    name: 'open',
    since: 'postern',
    form: 'protocol/port[-port] | protocol/port -> address:port, ...',
    otherwise: 'nothing',
    help: 'Ports that open for the knocking source, in the address family it knocked by. With `->` connections of the source to this port go to a machine behind this host, as in `tcp/2222 -> 10.0.0.5:22, tcp/2222 -> [fd00::5]:22`. With a `Target` that is no address of this host, the ports are that machine’s.',
    read: sets('open', openPorts),
  },
  {
    name: 'open_for',
    since: 'postern',
    form: 'duration',
    initial: '30s',
    help: 'How long they stay open, from 10ms to 7d. What becomes of TCP sessions begun by then, `on_expire` says.',
    read: sets('openForSeconds', duration(0.01, 7 * DAY)),
  },
  {
    name: 'on_expire',
    since: 'postern',
    form: 'leave or cut',
    otherwise: '`leave`; with `while_connected`, `cut`',
    help: 'TCP sessions go on when the door shuts, or end with it: with `cut` every packet to these ports needs an open door, for the kernel too when the daemon is dead. Where two doors open a port, one that cuts is enough. UDP is always cut.',
    read: sets('onExpire', word('leave', 'cut')),
  },
  {
    name: 'renew',
    since: 'postern',
    form: 'yes or no',
    initial: 'yes',
    help: 'Whether a right knock while the door is open has it open for `open_for` from then on. `no`: its end stays where it was.',
    read: sets('renews', yesNo),
  },
  {
    name: 'while_connected',
    since: 'postern',
    form: 'yes or no',
    initial: 'no',
    help: 'The door stays open while its source sends packets to these ports, with or without the daemon; `open_for` is then how long the first one may take. Meanwhile the source may open further connections.',
    read: sets('whileConnected', yesNo),
  },
  {
    name: 'idle_for',
    since: 'postern',
    form: 'duration',
    initial: '5m',
    help: 'With `while_connected`: how long the source may be silent before the door shuts and its sessions are cut, from 1s to 7d. Take more than the time between two keepalives.',
    read: sets('idleSeconds', duration(1, 7 * DAY)),
  },
  {
    name: 'max_open',
    since: 'postern',
    form: 'duration',
    initial: '12h',
    help: 'With `while_connected`: the door shuts after this time whatever is sent, from 1s to 7d, since who can spoof the source’s address can keep it open. A new knock begins anew.',
    read: sets('maxOpenSeconds', duration(1, 7 * DAY)),
  },
  {
    name: 'open_prefix6',
    since: 'postern',
    form: 'prefix length',
    initial: '128',
    help: 'For knocks by IPv6: how much of the address a grant goes by, from 48 to 128. Clients change the last 64 bits between knock and connection.',
    read: sets('openPrefix6', wholeNumber(48, 128)),
  },
  {
    name: 'guard',
    since: 'postern',
    form: 'yes or no',
    initial: 'yes',
    help: 'Whether the ports in `open` are shut for all who have no grant.',
    read: sets('guard', yesNo),
  },
  {
    name: 'max_grants',
    since: 'postern',
    form: 'number',
    otherwise: 'what the sets hold',
    help: 'Grants of this door at one time that knocks can get.',
    read: sets('maxGrants', wholeNumber(1, 1 << 22)),
  },
  {
    name: 'allow_from',
    since: 'postern',
    form: 'network, ...',
    otherwise: 'from anywhere',
    help: 'Networks that knocks must come from. For others the door is not there: their packets neither begin nor end anything at it.',
    read: sets('allowFrom', networks),
  },
  {
    name: 'cooldown',
    since: 'postern',
    form: 'duration',
    otherwise: 'none',
    help: 'For so long a source that knocked rightly can’t open again, from 10ms to 7d: its right knocks are refused and counted, and don’t make it longer. 65,536 sources are remembered.',
    read: sets('cooldownSeconds', duration(0.01, 7 * DAY)),
  },
  {
    name: 'vlan',
    since: 'postern',
    form: 'any, untagged or a VLAN id',
    initial: 'untagged',
    knockd: 'untagged',
    help: 'Which frames count.',
    read: sets('vlan', vlan),
  },
  {
    name: 'on_wrong_port',
    since: 'postern',
    form: 'reset or ignore',
    initial: 'reset',
    knockd: 'reset',
    help: 'Whether a knock at a port that some door lists, but that is not waited for, ends the source’s attempts at this door.',
    read: sets('onWrongPort', word('reset', 'ignore')),
  },
  {
    name: 'ignore_repeats',
    since: 'postern',
    form: 'yes or no',
    initial: 'yes',
    knockd: 'no',
    help: 'A repeat of the port just hit is a retransmission and ends nothing, unless that port is the next step.',
    read: sets('ignoreRepeats', yesNo),
  },
  {
    name: 'strict_syn',
    since: 'postern',
    form: 'yes or no',
    initial: 'yes',
    knockd: 'no',
    help: '`syn` in `TCPFlags` means SYN without ACK, unless `ack` is named too.',
    read: sets('strictSyn', yesNo),
  },
  {
    name: 'whole_seconds',
    since: 'postern',
    form: 'yes or no',
    initial: 'no',
    knockd: 'yes',
    help: 'Judge `Seq_Timeout` by the full second that a packet came in, so that 5 means between 4 and 5 seconds.',
    read: sets('wholeSeconds', yesNo),
  },
  {
    name: 'attempts_per_source',
    since: 'postern',
    form: 'number',
    initial: '2',
    knockd: '1',
    help: 'Attempts that one source may have at this door side by side, from 1 to 4: people behind one address.',
    read: sets('attemptsPerSource', wholeNumber(1, 4)),
  },
  {
    name: 'tripwire_hold',
    since: 'postern',
    form: 'duration, or 0',
    initial: '2s',
    knockd: '0',
    help: 'How long a source that hit a tripwire can’t begin here, from 10ms to 1h; 0: no tripwires.',
    read: sets('tripwireHoldSeconds', duration(0.01, 3600, 'or zero')),
  },
];

/** The directive of that name or alias, whatever its case. */
export function findDirective<Draft>(
  table: readonly Directive<Draft>[],
  key: string,
): Directive<Draft> | undefined {
  const wanted = key.toLowerCase();
  return table.find((directive) => namesOf(directive).includes(wanted));
}

/** Every name by which a directive goes, in small letters. */
export function namesOf({ name, aliases = [] }: Directive<never>): string[] {
  return [name, ...aliases].map((each) => each.toLowerCase());
}

function sets<Draft, Field extends keyof Draft>(
  field: Field,
  parse: Parse<NonNullable<Draft[Field]>>,
): Directive<Draft>['read'] {
  return (draft, value, report) => {
    const parsed = parse(value, report);
    if (parsed !== undefined) draft[field] = parsed;
  };
}
