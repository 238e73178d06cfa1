import type { Encoded } from '../door/encoded.ts';
import { offsetIn } from '../door/span.ts';
import type { Fragment } from './lexer.ts';
import type { HostPorts } from './port-advice.ts';
import type { Report } from './report.ts';

const LAST_WELL_KNOWN = 1023;

/** Warns of spans on which packets come that are no knocks. */
export function adviseOnSpan(
  name: string,
  { carrier, span }: Encoded,
  { listening, ephemeral: [first, last] }: HostPorts,
  at: Fragment,
  report: Report,
): void {
  if (carrier === 'icmp') return adviseOnSizes(name, span, at, report);
  const warn = (why: string): void =>
    void report.warning(at, 'CONFIG_BUSY_PORT', `the span of door "${name}" ${why}`);
  const heard = [...listening[carrier]].filter((port) => offsetIn(span, port) >= 0);
  if (heard.length > 0) {
    const ports = heard.sort((a, b) => a - b).map((port) => `${carrier}/${port}`);
    warn(`has ports where something listens: ${ports.join(', ')}`);
  }
  if (span.some(({ from }) => from <= LAST_WELL_KNOWN)) {
    warn('has ports below 1024, which scanners try first');
  }
  if (carrier === 'udp' && span.some(({ from, to }) => from <= last && to >= first)) {
    warn('takes in ports where answers to this host’s own datagrams arrive');
  }
}

/** What `ping` sends where nobody asks for a size. */
const USUAL_PING = 56;

function adviseOnSizes(name: string, span: Encoded['span'], at: Fragment, report: Report): void {
  if (offsetIn(span, USUAL_PING) < 0) return;
  const message = `the span of door "${name}" has ${USUAL_PING} in it, the size of every other ping`;
  report.warning(at, 'CONFIG_BUSY_PORT', message);
}
