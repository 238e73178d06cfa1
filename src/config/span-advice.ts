import type { Door } from '../door/door.ts';
import type { Encoded, PortRange } from '../door/encoded.ts';
import { PORT_CLASSES } from '../door/port-classes.ts';
import { offsetIn } from '../door/span.ts';
import { isPortStep } from '../door/step.ts';
import { takesAnswers, type HostPorts } from './port-advice.ts';

/** Why packets come on a door's span that are no knocks, each with its subject left out: `has ports ...`. */
export function spanTroubles(door: Door, doors: readonly Door[], host: HostPorts): string[] {
  const { encoded } = door;
  if (encoded === undefined) return [];
  return encoded.carrier === 'icmp'
    ? sizeTroubles(encoded)
    : [...hostTroubles(door, encoded, host), ...doorTroubles(door, encoded, doors)];
}

/** What `ping` sends where nobody asks for a size. */
const USUAL_PING = 56;

function sizeTroubles({ span }: Encoded): string[] {
  if (offsetIn(span, USUAL_PING) < 0) return [];
  return [`has ${USUAL_PING} in it, the size of every other ping`];
}

function hostTroubles(
  { flags }: Door,
  { carrier, span }: Encoded,
  { listening, ephemeral: [from, to] }: HostPorts,
): string[] {
  const protocol = carrier === 'udp' ? 'udp' : 'tcp';
  const heard = [...listening[protocol]].filter((port) => offsetIn(span, port) >= 0);
  const ports = heard.sort((a, b) => a - b).map((port) => `${protocol}/${port}`);
  return [
    ...(ports.length > 0 ? [`has ports where something listens: ${ports.join(', ')}`] : []),
    ...(touches(span, [PORT_CLASSES['well-known']!])
      ? ['has ports below 1024, which scanners try first']
      : []),
    ...(touches(span, [{ from, to }]) && takesAnswers(flags, protocol)
      ? [`takes in ports where answers to this host’s own ${ANSWERED[protocol]} arrive`]
      : []),
  ];
}

const ANSWERED = { tcp: 'connections', udp: 'datagrams' } as const;

/** Knocks at one door are then packets at another, and visitors of an open port knock. */
function doorTroubles(door: Door, { carrier, span }: Encoded, doors: readonly Door[]): string[] {
  const opened = doors.filter(({ open }) =>
    touches(
      span,
      open.filter(({ protocol }) => protocol === carrier),
    ),
  );
  const knockedAt = doors.filter(
    (other) => other !== door && touches(span, knockPorts(other, carrier)),
  );
  return [
    ...opened.map(({ name }) => `has ports that door "${name}" opens: who comes in there knocks`),
    ...knockedAt.map(({ name }) => `has ports that door "${name}" is knocked at`),
  ];
}

function knockPorts({ steps, encoded }: Door, carrier: Encoded['carrier']): readonly PortRange[] {
  if (encoded !== undefined) return encoded.carrier === carrier ? encoded.span : [];
  const own = steps.filter(isPortStep).filter(({ protocol }) => protocol === carrier);
  return own.map(({ port }) => ({ from: port, to: port }));
}

function touches(span: readonly PortRange[], others: readonly PortRange[]): boolean {
  return span.some((one) => others.some(({ from, to }) => one.from <= to && from <= one.to));
}
