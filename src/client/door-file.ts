import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isIP } from 'node:net';
import { keyOf } from '../codec/key-file.ts';
import { saidFields, type SaidFields } from '../codec/legacy/said-fields.ts';
import { sealedLayout } from '../codec/sealed-key.ts';
import { names } from '../config/action-values.ts';
import { encodedForm, legacyChoices, oneTimeCode, portRanges } from '../config/encoded-values.ts';
import { knockdSequence } from '../config/knockd-values.ts';
import { statements, type Fragment } from '../config/lexer.ts';
import { Report } from '../config/report.ts';
import { nearest } from '../config/suggest.ts';
import { systemText } from '../config/system-text.ts';
import { duration, wholeNumber, word } from '../config/values.ts';
import {
  CARRIERS,
  type AddressRule,
  type Carrier,
  type LegacyProfile,
  type OneTimeKnock,
  type PortRange,
} from '../door/encoded.ts';
import { spanSize } from '../door/span.ts';
import type { LegacyDoor } from './encode-legacy.ts';
import type { SealedDoor } from './encode.ts';
import type { KnockStep } from './knock.ts';
import { isPortStep } from '../door/step.ts';

/** A door as its client knows it: one section of the client's file. */
export interface ClientDoor {
  host?: string;
  steps?: readonly KnockStep[];
  delayMs?: number;
  family?: 4 | 6 | 'both';
  source?: string;
  /** The port that answers once the door is open. */
  waitPort?: number;
  isSealed?: boolean;
  span?: readonly PortRange[];
  carrier?: Carrier;
  key?: Uint8Array;
  /** What the server calls the door; undefined: as the section here is called. */
  serverName?: string;
  rule?: AddressRule;
  /** What the server’s `offers` lists, in the same order. */
  actions?: readonly string[];
  /** The address that the server sees, where that is not this host's own. */
  client?: string;
  code?: Pick<OneTimeKnock, 'kind' | 'secretFile' | 'ports' | 'span'>;
  /** Fields of a knock in the format of 2004, with what they always say. */
  said?: SaidFields;
  choices?: Partial<LegacyProfile>;
  passphraseFile?: string;
  codePeriodSeconds?: number;
}

/** What a door with sealed knocks needs, or what is missing. */
export function sealedDoorOf(name: string, door: ClientDoor): SealedDoor | { missing: string } {
  const { span, key, carrier = 'tcp', rule = 'agree', serverName = name, actions } = door;
  if (key === undefined) return { missing: 'key' };
  if (span === undefined) return { missing: 'span' };
  if (sealedLayout(spanSize(span), rule) === undefined) return { missing: 'span of enough ports' };
  const offers = actions === undefined ? {} : { actions };
  return { name: serverName, key, span, carrier, rule, ...offers };
}

/** What a door with knocks in the format of 2004 needs, or what is missing; undefined: it has no such ones. */
export function legacyDoorOf(door: ClientDoor): LegacyDoor | { missing: string } | undefined {
  const { said, choices = {}, passphraseFile, span, carrier = 'tcp' } = door;
  if (said === undefined) return undefined;
  if (span === undefined) return { missing: 'span' };
  const bits = Math.log2(spanSize(span));
  if (bits < 8 || bits % 1 !== 0) return { missing: 'span of 256, 512, 1024, ... ports' };
  return { said, choices, passphraseFile, span, carrier };
}

/** The code of a door with `sequence = totp(...)`. */
export function codeOf({ code, carrier, codePeriodSeconds }: ClientDoor): OneTimeKnock | undefined {
  if (code === undefined) return undefined;
  const rest = { drift: 0, maxQueues: 0, periodSeconds: codePeriodSeconds ?? 30 };
  return { ...code, ...rest, carrier: carrier ?? 'tcp' };
}

/** Why a client's file, or a door in it, can't be used; the message says where. */
export class DoorFileError extends Error {
  readonly code = 'KNOCK_DOOR_FILE';
}

/** Where the file is looked for: `$XDG_CONFIG_HOME/postern/doors`, by default in `~/.config`. */
export function defaultDoorFile(environment: NodeJS.ProcessEnv = process.env): string {
  const given = environment['XDG_CONFIG_HOME'];
  const folder = given === undefined || given === '' ? join(homedir(), '.config') : given;
  return join(folder, 'postern', 'doors');
}

/** The door of that name. A file that others can read is refused, as ssh refuses such a key. */
export function readClientDoor(path: string, name: string): ClientDoor {
  const doors = parseClientDoors(readSecret(path), path);
  const door = doors.get(name);
  if (door !== undefined) return door;
  const known = nearest(name, [...doors.keys()]);
  const meant = known === undefined ? '' : `; did you mean ${known}?`;
  throw new DoorFileError(`${path}: no door "${name}"${meant}`);
}

/** All doors of such a text, by name. Throws with every mistake in it. */
export function parseClientDoors(bytes: string, path: string): Map<string, ClientDoor> {
  const report = new Report(path, true);
  const doors = new Map<string, ClientDoor>();
  let door: ClientDoor | undefined;
  for (const statement of statements(bytes, report)) {
    if (statement.kind === 'section') {
      door = beginDoor(statement.name, doors, report);
    } else if (statement.value === undefined || door === undefined) {
      report.error(statement.key, 'CONFIG_SYNTAX', 'neither a [door] nor key = value in one');
    } else {
      readDirective(door, statement.key, statement.value, report);
    }
  }
  if (!report.hasErrors) return doors;
  throw new DoorFileError(report.problems.map((problem) => problem.format()).join('\n'));
}

function beginDoor(name: Fragment, doors: Map<string, ClientDoor>, report: Report): ClientDoor {
  if (doors.has(name.text)) {
    report.error(name, 'CONFIG_DUPLICATE_DOOR', `a second door "${name.text}"`);
  }
  const door: ClientDoor = {};
  doors.set(name.text, door);
  return door;
}

const NO_PINGS = 'knock sends no pings: the sequence must do without icmp';
const PING_HINT = 'ping -c 1 -s 64 HOST knocks at icmp:64, between the other knocks';

type Read = (door: ClientDoor, value: Fragment, report: Report) => void;

const DIRECTIVES: Readonly<Record<string, Read>> = {
  host: (door, value, report) => {
    if (value.text === '') report.error(value, 'CONFIG_INVALID_VALUE', 'no host');
    door.host = value.text;
  },
  sequence: (door, value, report) => {
    if (/^[th]otp\b/i.test(value.text)) return readCode(door, value, report);
    const steps = knockdSequence(value, report, 'sequence');
    if (steps === undefined) return;
    if (steps.every(isPortStep)) door.steps = steps;
    else report.error(value, 'CONFIG_INVALID_PROTOCOL', NO_PINGS, { hint: PING_HINT });
  },
  delay: (door, value, report) => {
    const milliseconds = wholeNumber(0, 3_600_000)(value, report);
    if (milliseconds !== undefined) door.delayMs = milliseconds;
  },
  family: (door, value, report) => {
    const family = word('4', '6', 'both')(value, report);
    if (family !== undefined) door.family = family === 'both' ? family : family === '4' ? 4 : 6;
  },
  source: (door, value, report) => {
    if (isIP(value.text) === 0) {
      report.error(value, 'CONFIG_INVALID_VALUE', `"${value.text}" is no address`);
    }
    door.source = value.text;
  },
  encoded: (door, value, report) => {
    const [, list] = /^(?:legacy|fields)\s*\((.*)\)$/i.exec(value.text) ?? [];
    if (list !== undefined) return readFields(door, { ...value, text: list }, report);
    door.isSealed = encodedForm(value, report) !== undefined;
  },
  legacy: (door, value, report) => {
    const choices = legacyChoices(value, report);
    if (choices !== undefined) door.choices = choices;
  },
  passphrase: (door, value) => {
    door.passphraseFile = value.text;
  },
  span: (door, value, report) => {
    const span = portRanges(value, report);
    if (span !== undefined) door.span = span;
  },
  carrier: (door, value, report) => {
    const carrier = word(...CARRIERS)(value, report);
    if (carrier !== undefined) door.carrier = carrier;
  },
  key: (door, value, report) => {
    const key = keyOf(value.text);
    if (key !== undefined) door.key = key;
    else report.error(value, 'CONFIG_KEY_FILE', 'the key is not 64 hexadecimal digits');
  },
  door: (door, value) => {
    door.serverName = value.text;
  },
  knock_address: (door, value, report) => {
    const rule = word('agree', 'observed', 'stated')(value, report);
    if (rule !== undefined) door.rule = rule;
  },
  actions: (door, value, report) => {
    const list = names(value, report);
    if (list !== undefined) door.actions = list.map(({ text }) => text);
  },
  client: (door, value, report) => {
    if (isIP(value.text) === 0) {
      report.error(value, 'CONFIG_INVALID_VALUE', `"${value.text}" is no address`);
    }
    door.client = value.text;
  },
  code_period: (door, value, report) => {
    const seconds = duration(10, 3600)(value, report);
    if (seconds !== undefined) door.codePeriodSeconds = seconds;
  },
  wait: (door, value, report) => {
    const port = wholeNumber(1, 65_535)(value, report);
    if (port !== undefined) door.waitPort = port;
  },
};

/** `client, port=3306, time, flag0=5, checksum`: whom it is for, and for how long, is known when it is sent. */
function readFields(door: ClientDoor, list: Fragment, report: Report): void {
  const said = saidFields(list.text, ['client', 'time']);
  if (typeof said !== 'string') door.said = said;
  else report.error(list, 'CONFIG_ENCODED', said);
}

function readCode(door: ClientDoor, value: Fragment, report: Report): void {
  const code = oneTimeCode(value, report);
  if (code === undefined) return;
  if (code.kind === 'hotp') {
    const hint = 'knock HOST $(postern code DOOR --counter N)';
    report.error(value, 'CONFIG_ENCODED', 'knock keeps no counter for hotp', { hint });
    return;
  }
  const { kind, secretFile, ports, range } = code;
  door.code = { kind, secretFile, ports, span: [range] };
}

function readDirective(door: ClientDoor, key: Fragment, value: Fragment, report: Report): void {
  const name = key.text.toLowerCase();
  if (Object.hasOwn(DIRECTIVES, name)) {
    DIRECTIVES[name]!(door, value, report);
    return;
  }
  const meant = nearest(name, Object.keys(DIRECTIVES));
  report.error(key, 'CONFIG_UNKNOWN_DIRECTIVE', `unknown directive "${key.text}"`, {
    hint: meant === undefined ? undefined : `did you mean ${meant}?`,
  });
}

function readSecret(path: string): string {
  try {
    checkSecrecy(path);
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error instanceof DoorFileError) throw error;
    throw new DoorFileError(`${path}: ${systemText(error as NodeJS.ErrnoException)}`);
  }
}

const FOR_OTHERS = 0o077;

function checkSecrecy(path: string): void {
  if (process.platform === 'win32') return; // its modes say nothing about who may read
  const { mode, uid } = statSync(path);
  if ((mode & FOR_OTHERS) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    const message = `mode ${shown} lets others at the sequences in it; do: chmod 600 ${path}`;
    throw new DoorFileError(`${path}: ${message}`);
  }
  if (uid !== process.getuid?.() && uid !== 0) {
    throw new DoorFileError(`${path}: belongs to somebody else`);
  }
}
