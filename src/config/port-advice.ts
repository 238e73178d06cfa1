import type { Door } from '../door/door.ts';
import { isPortStep, type PortStep } from '../door/step.ts';
import { TCP_FLAG, type FlagTest } from '../tuple/flags.ts';
import type { PortProtocol } from '../tuple/protocol.ts';
import type { Fragment } from './lexer.ts';
import type { Report } from './report.ts';

/** What a host's own traffic uses of its ports. */
export interface HostPorts {
  readonly listening: { readonly tcp: ReadonlySet<number>; readonly udp: ReadonlySet<number> };
  /** Where its own connections begin, and answers arrive: the first and the last port. */
  readonly ephemeral: readonly [number, number];
}

/** Linux's range, and nobody who listens. */
export const UNKNOWN_PORTS: HostPorts = {
  listening: { tcp: new Set(), udp: new Set() },
  ephemeral: [32_768, 60_999],
};

const LAST_WELL_KNOWN = 1023;

/** Warns of steps where packets come that are no knocks; of each kind once a door. */
export function adviseOnPorts(door: Door, host: HostPorts, at: Fragment, report: Report): void {
  const warn = (steps: readonly PortStep[], why: string): void => {
    if (steps.length === 0) return;
    const ports = [...new Set(steps.map(({ protocol, port }) => `${protocol}/${port}`))].join(', ');
    report.warning(at, 'CONFIG_BUSY_PORT', `door "${door.name}" is knocked at ${ports}, ${why}`);
  };
  const isHeard = ({ protocol, port }: PortStep): boolean => host.listening[protocol].has(port);
  const [first, last] = host.ephemeral;
  const knocks = door.steps.filter(isPortStep);
  warn(knocks.filter(isHeard), 'where something listens: its clients break knocks');
  warn(
    knocks.filter((step) => step.port <= LAST_WELL_KNOWN && step.port > 0 && !isHeard(step)),
    'well known to scanners: what they send there breaks knocks',
  );
  warn(
    knocks.filter(
      (step) => step.port >= first && step.port <= last && takesAnswers(door.flags, step.protocol),
    ),
    'where answers to this host’s own connections arrive',
  );
}

/** An answer is any datagram, or a segment with ACK: SYN and ACK at first. */
export function takesAnswers({ mask, value }: FlagTest, protocol: PortProtocol): boolean {
  const isAckRefused = (mask & TCP_FLAG.ack) !== 0 && (value & TCP_FLAG.ack) === 0;
  return protocol === 'udp' || !isAckRefused;
}
