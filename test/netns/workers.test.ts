import { describe, expect, it } from 'vitest';
import { postern } from '../support/cli.ts';
import { Daemon, type DaemonEvent } from '../support/daemon.ts';
import { frame } from '../support/frame.ts';
import { linkSender } from '../support/link-sender.ts';
import { netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const PORTS = [7000, 8000, 9000];
const DOORS = `
[ssh]
 sequence = ${PORTS.join(',')}
 seq_timeout = 30
 tcpflags = syn
 vlan = any
 open = tcp/22
 open_for = 60s
`;
const TWO = 'workers = 2\nevent_lines = 0\n';
const SOURCES = [
  ...Array.from({ length: 50 }, (_, nth) => `203.0.113.${nth + 1}`),
  ...Array.from({ length: 50 }, (_, nth) => `2001:db8:0:${(nth + 1).toString(16)}::1`),
];

interface Tagged {
  readonly vlans?: readonly number[];
}

function knock(from: string, port: number, { vlans = [] }: Tagged = {}): Uint8Array {
  const to = from.includes(':') ? SERVER[6] : SERVER[4];
  return frame({ from, to, vlans, tcp: { to: port, syn: true } });
}

/** All sources at once: everybody's first packet, then everybody's second. */
function interleaved(sources: readonly string[], tagged: Tagged = {}): Uint8Array[] {
  return PORTS.flatMap((port) => sources.map((from) => knock(from, port, tagged)));
}

function sourcesOf(events: readonly DaemonEvent[]): string[] {
  return events.map(({ source }) => source!).sort();
}

async function started(net: Netns, options = TWO): Promise<Daemon> {
  return Daemon.start(net.server, { doors: DOORS, options });
}

describe.skipIf(noNetns)('two workers', () => {
  it.each<[string, Tagged]>([
    ['plain', {}],
    ['with a VLAN tag', { vlans: [7] }],
    ['with two', { vlans: [7, 8] }],
  ])(
    'open once for each of a hundred sources that knock at the same time: %s',
    async (_, tagged) => {
      await using net = await netns();
      await using daemon = await started(net);
      const sender = await linkSender(net.client, 'link', 'cli0');
      await sender.send(interleaved(SOURCES, tagged), { perSecond: 2000 });
      await daemon.atLeast(SOURCES.length, 'open', 5000);
      expect(sourcesOf(daemon.of('open'))).toEqual([...SOURCES].sort());
      expect(daemon.of('stage')).toHaveLength(SOURCES.length * PORTS.length);
      // Both have had their share, and nothing was heard twice.
      const shares = statusOf(daemon).sources.map(({ packets }) => packets);
      expect(shares).toHaveLength(2);
      for (const share of shares)
        expect(share).toBeGreaterThan(SOURCES.length * PORTS.length * 0.3);
      expect(await daemon.stop()).toBe(0);
    },
  );
});

function statusOf(daemon: Daemon): Status {
  const { stdout } = postern(['status', '--json', '-s', daemon.controlSocket]);
  return JSON.parse(stdout) as Status;
}

interface Status {
  readonly sources: readonly { readonly name: string; readonly packets: number }[];
}
