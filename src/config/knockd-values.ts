import type { Step } from '../door/step.ts';
import type { FlagTest } from '../tuple/flags.ts';
import { TCP_FLAG } from '../tuple/flags.ts';
import type { EchoProtocol, PortProtocol } from '../tuple/protocol.ts';
import type { Fragment } from './lexer.ts';
import type { Report } from './report.ts';

const MOST_STEPS = 32;
/** What fits into one frame of a link of 1,500 bytes, IPv6 header included: fragments are no knocks. */
const MOST_ECHO_BYTES = 1452;

/** A number as C's `atoi` reads it, and whether the text is just that number. */
export function atoi(text: string): { value: number; isClean: boolean } {
  const [all, digits] = /^[ \t\n\v\f\r]*([+-]?\d+)/.exec(text) ?? [];
  if (digits === undefined) return { value: 0, isClean: false };
  const read = BigInt(digits.slice(0, 40).replace('+', ''));
  // strtol stops at the ends of 64 bits, and atoi keeps the low 32 of what it gives.
  const held = read > MAX_LONG ? MAX_LONG : read < -MAX_LONG - 1n ? -MAX_LONG - 1n : read;
  const value = BigInt.asIntN(32, held);
  const isClean = value === read && text.slice(all!.length).trim() === '';
  return { value: Number(value), isClean };
}

const MAX_LONG = 0x7fff_ffff_ffff_ffffn;

/** Whole seconds as 0.8 reads them: `1s` is 1, a word is 0. */
export function knockdSeconds(value: Fragment, report: Report): number {
  const { value: seconds, isClean } = atoi(value.text);
  if (!isClean) {
    const message = `"${value.text}" is not a number of seconds; it is read as ${seconds}`;
    report.mistake(value, 'CONFIG_INVALID_NUMBER', message);
  }
  return seconds;
}

/** The steps of a sequence. `door` names it in 0.8's messages. */
export function knockdSequence(value: Fragment, report: Report, door: string): Step[] | undefined {
  const parts = fragments(value);
  if (parts.length > MOST_STEPS) {
    const message = `a sequence has at most ${MOST_STEPS} knocks, this one ${parts.length}`;
    return report.error(parts[MOST_STEPS]!, 'CONFIG_TOO_MANY_STEPS', message, {
      knockdLine: `config: section ${door}: too many ports in knock sequence`,
    });
  }
  const steps = parts.map((part) => knockdStep(part, report, door));
  return steps.includes(undefined) ? undefined : (steps as Step[]);
}

function knockdStep(item: Fragment, report: Report, door: string): Step | undefined {
  const [, echo, size] = /^\s*(icmp6?)\s*(?::(.*))?$/i.exec(item.text) ?? [];
  if (echo !== undefined) {
    return echoStep(item, echo.toLowerCase() as EchoProtocol, size, report);
  }
  const [port, name] = item.text.split(':') as [string, string?];
  const number = knockdPort({ ...item, text: port }, report, door);
  const protocol = name === undefined ? 'tcp' : name.trim().toLowerCase();
  if (protocol !== 'tcp' && protocol !== 'udp') {
    const at = { ...item, text: name!, column: item.column + port.length + 1 };
    return report.error(at, 'CONFIG_INVALID_PROTOCOL', `"${name!.trim()}" is neither tcp nor udp`, {
      knockdLine: `config: section ${door}: unknown protocol in knock sequence`,
    });
  }
  return number === undefined ? undefined : { protocol: protocol as PortProtocol, port: number };
}

function echoStep(
  item: Fragment,
  protocol: EchoProtocol,
  size: string | undefined,
  report: Report,
): Step | undefined {
  if (size === undefined) return { protocol };
  const bytes = /^\s*\d{1,5}\s*$/.test(size) ? Number(size) : Number.POSITIVE_INFINITY;
  if (bytes <= MOST_ECHO_BYTES) return { protocol, size: bytes };
  const message = `"${size.trim()}" is not the size of a ping: bytes of its data, 0 to ${MOST_ECHO_BYTES}`;
  return report.error(atText(item), 'CONFIG_INVALID_SIZE', message, {
    hint: `ping -s 64 is ${protocol}:64`,
  });
}

function knockdPort(item: Fragment, report: Report, door: string): number | undefined {
  const { value, isClean } = atoi(item.text);
  const at = atText(item);
  if (value > 65_535) {
    const message = `port ${item.text.trim()} is not between 1 and 65535`;
    const knockdLine = `config: section ${door}: port ${item.text} is invalid`;
    return report.error(at, 'CONFIG_INVALID_PORT', message, { knockdLine });
  }
  const port = value & 0xffff;
  if (!isClean || value < 0) {
    const what = at.text === '' ? 'an empty port' : `port "${at.text}"`;
    report.mistake(at, 'CONFIG_INVALID_PORT', `${what} is read as ${port}`);
  } else if (port === 0) {
    report.mistake(at, 'CONFIG_INVALID_PORT', 'port 0: no ordinary client can knock there');
  }
  return port;
}

/** `syn,!ack` as a test on the flags byte, added to what earlier lines asked for. */
export function knockdFlags(
  value: Fragment,
  before: FlagTest,
  report: Report,
): FlagTest | undefined {
  let { mask, value: wanted } = before;
  let isWrong = false;
  for (const item of fragments(value)) {
    const name = item.text.toLowerCase();
    const bit = FLAGS.get(name.replace(/^!/, ''));
    if (bit === undefined) {
      isWrong = true;
      report.error(item, 'CONFIG_INVALID_FLAG', `"${item.text}" is no TCP flag`, {
        hint: flagHint(item.text),
        knockdLine: `config: line ${value.line.knockdNumber}: unrecognized flag "${item.text.toUpperCase()}"`,
      });
    } else {
      mask |= bit;
      wanted = name.startsWith('!') ? wanted & ~bit : wanted | bit;
    }
  }
  return isWrong ? undefined : { mask, value: wanted };
}

const FLAGS: ReadonlyMap<string, number> = new Map(
  (['fin', 'syn', 'rst', 'psh', 'ack', 'urg'] as const).map((name) => [name, TCP_FLAG[name]]),
);

function flagHint(item: string): string {
  const isSpaced = item !== item.trim() && FLAGS.has(item.trim().toLowerCase().replace(/^!/, ''));
  return isSpaced ? 'no blanks between flags' : `known are ${[...FLAGS.keys()].join(' ')}`;
}

/** The pieces between commas, as they stand. */
function fragments(value: Fragment): Fragment[] {
  let column = value.column;
  return value.text.split(',').map((text) => {
    const piece = { text, line: value.line, column };
    column += text.length + 1;
    return piece;
  });
}

function atText(item: Fragment): Fragment {
  const blanks = item.text.length - item.text.trimStart().length;
  return { text: item.text.trim(), line: item.line, column: item.column + blanks };
}
