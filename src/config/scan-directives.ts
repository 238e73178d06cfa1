import type { Rate } from '../matcher/scan-watch.ts';
import { DAY, sets, type Directive } from './directive.ts';
import type { OptionsDraft } from './drafts.ts';
import { portRanges } from './encoded-values.ts';
import { duration, parseDuration, yesNo, type Parse } from './values.ts';

/** A source is told from others by so many different things it did; each takes 12 bytes a source. */
const MOST = 64;

/** `20 in 10s` */
const rate: Parse<Rate> = (value, report) => {
  const [, digits, time = ''] = /^(\d{1,4})\s+in\s+(.+)$/i.exec(value.text) ?? [];
  const [count, seconds] = [Number(digits), parseDuration(time)];
  if (digits === undefined || seconds === undefined) {
    const message = `"${value.text}" is not so many in such a time`;
    return report.error(value, 'CONFIG_INVALID_VALUE', message, { hint: 'like 20 in 10s' });
  }
  if (count >= 2 && count <= MOST && seconds >= 1 && seconds <= DAY) return { count, seconds };
  const message = `${value.text} is not from 2 to ${MOST} in 1s to 1d`;
  return report.error(value, 'CONFIG_OUT_OF_RANGE', message);
};

/** Directives of `[options]` about scanners. */
export const SCANS: readonly Directive<OptionsDraft>[] = [
  {
    name: 'scan_ports',
    since: 'postern',
    form: 'number in duration',
    otherwise: 'nobody looks for scans',
    help: 'Who touches so many different ports in such a time is reported as a scanner: up to 64 ports, up to a day. Seen are ports of knocks, tripwires, guarded TCP ports, and `scan_watch`.',
    read: sets('scanPorts', rate),
  },
  {
    name: 'fail_attempts',
    since: 'postern',
    form: 'number in duration',
    otherwise: 'nobody counts them',
    help: 'The same for knocks of one source that are refused: a wrong port, a tripwire, a forged or late seal.',
    read: sets('failAttempts', rate),
  },
  {
    name: 'scan_watch',
    since: 'postern',
    form: 'ports, ...',
    otherwise: 'none',
    help: 'More TCP ports to see scans at, like `1-1024`. Only where all doors say `tcpflags = syn`: otherwise each packet of each session there would come up here.',
    read: sets('scanWatch', portRanges),
  },
  {
    name: 'scan_block',
    since: 'postern',
    form: 'duration',
    otherwise: 'scanners are reported, nothing else',
    help: 'For so long a scanner is blocked, up to 7d; an IPv6 one with its /64. It takes `block_unproven = yes`.',
    read: sets('scanBlockSeconds', duration(1, 7 * DAY)),
  },
  {
    name: 'block_unproven',
    since: 'postern',
    form: 'yes or no',
    initial: 'no',
    help: 'Whether to block on evidence that anybody can send in anybody’s name, which is all the evidence that a scan leaves. See docs/filtering.md before you say yes.',
    read: sets('blockUnproven', yesNo),
  },
  {
    name: 'right_knock_unblocks',
    since: 'postern',
    form: 'yes or no',
    initial: 'yes',
    help: 'Whether who is blocked for scanning is still heard, and a right knock lifts the block.',
    read: sets('rightKnockUnblocks', yesNo),
  },
];
