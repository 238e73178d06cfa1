import type { Door, OpenPorts } from '../../src/door/door.ts';
import type { Step } from '../../src/door/step.ts';
import type { PortProtocol } from '../../src/tuple/protocol.ts';

/** A door with Postern's defaults, `tcpflags = syn` included; `sequence` in the form of knockd.conf. */
export function door(sequence: string, over: Partial<Door> = {}): Door {
  return {
    name: sequence,
    steps: sequence.split(',').map(step),
    windowSeconds: 5,
    flags: { mask: 0x12, value: 0x02 },
    vlan: 0,
    open: [],
    openForSeconds: 30,
    openPrefix4: 32,
    openPrefix6: 128,
    onExpire: 'leave',
    renews: true,
    guard: true,
    onWrongPort: 'reset',
    ignoreRepeats: true,
    attemptsPerSource: 2,
    tripwireHoldSeconds: 2,
    wholeSeconds: false,
    ...over,
  };
}

/** A door by 0.8's rules, for matching with `compat: 'knockd'`. */
export function knockdDoor(sequence: string, over: Partial<Door> = {}): Door {
  return door(sequence, {
    flags: { mask: 0x02, value: 0x02 },
    ignoreRepeats: false,
    attemptsPerSource: 1,
    tripwireHoldSeconds: 0,
    wholeSeconds: true,
    ...over,
  });
}

/** `tcp/22` or `udp/60000-61000`. */
export function ports(text: string): OpenPorts {
  const [protocol, range] = text.split('/') as [PortProtocol, string];
  const [from, to = from] = range.split('-').map(Number) as [number, number?];
  return { protocol, from, to };
}

function step(item: string): Step {
  const [port, protocol = 'tcp'] = item.trim().split(':') as [string, string?];
  if (port !== 'icmp' && port !== 'icmp6') {
    return { protocol: protocol as PortProtocol, port: Number(port) };
  }
  return item.includes(':') ? { protocol: port, size: Number(protocol) } : { protocol: port };
}
