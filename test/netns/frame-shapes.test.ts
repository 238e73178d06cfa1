import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { fragmentHeader, frame, type FrameOptions, type IpFields } from '../support/frame.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { CLIENT, netns, noNetns, SERVER } from '../support/netns.ts';
import { decisionsOf, noRecording, Recording, replayed } from '../support/recording.ts';

type Vlans = NonNullable<FrameOptions['vlans']>;
type Rule = 'untagged' | 'any' | 'seven';

/** Tags of a frame, and the doors that see it; the first tag is taken off the bytes by the kernel. */
const TAGGED: readonly (readonly [string, Vlans, readonly Rule[]])[] = [
  ['no tag', [], ['untagged', 'any']],
  ['VLAN 7', [7], ['any', 'seven']],
  ['VLAN 9', [9], ['any']],
  ['VLAN 7 as 802.1ad', [{ id: 7, type: 0x88a8 }], ['any', 'seven']],
  ['a priority tag', [{ id: 0 }], ['untagged', 'any']],
  ['two tags, 7 outside', [7, 8], ['any', 'seven']],
  ['two tags, 802.1ad outside', [{ id: 9, type: 0x88a8 }, 7], ['any']],
  ['three tags', [7, 8, 9], ['any', 'seven']],
];

const VLAN_DOORS = `
[untagged]
 sequence = 7001,7002:udp,7003
 tcpflags = syn
[any]
 sequence = 7011,7012:udp,7013
 tcpflags = syn
 vlan = any
[seven]
 sequence = 7021,7022:udp,7023
 tcpflags = syn
 vlan = 7
`;
const SEQUENCE: Record<Rule, string> = {
  untagged: '7001,7002:udp,7003',
  any: '7011,7012:udp,7013',
  seven: '7021,7022:udp,7023',
};

const FRAGMENT_DOOR = `
[lone]
 sequence = 7001
 tcpflags = syn
[lone udp]
 sequence = 7002:udp
`;

const SIX = { from: 'fd77::66', to: SERVER[6] };
const knock = (ip: IpFields, ends: FrameOptions = {}): FrameOptions => ({
  tcp: { to: 7001, syn: true },
  ip,
  ...ends,
});
/** Is a packet of this shape a knock? */
const FRAGMENTS: readonly (readonly [string, FrameOptions, boolean])[] = [
  ['a whole packet', knock({}), true],
  ['a first fragment with the whole header', knock({ moreFragments: true }), true],
  ['8 bytes of TCP', knock({ moreFragments: true, totalLength: 28 }), false],
  ['16 bytes of TCP', knock({ moreFragments: true, totalLength: 36 }), false],
  ['a later fragment with bytes like a header', knock({ fragmentOffset: 185 }), false],
  ['one that overlaps the first', knock({ fragmentOffset: 1, moreFragments: true }), false],
  ['an atomic fragment of IPv6', knock({ extensions: [fragmentHeader(0, false)] }, SIX), true],
  ['a later fragment of IPv6', knock({ extensions: [fragmentHeader(3, false)] }, SIX), false],
];

describe.skipIf(noNetns)('frames of all shapes', () => {
  it.skipIf(noRecording)(
    'R-11: a tagged knock counts where the door says so, live as from a file',
    async () => {
      await using net = await netns();
      await using daemon = await Daemon.start(net.server, { doors: VLAN_DOORS });
      await using recording = await Recording.start(net.server, 'srv0');
      const sender = new FrameSender(net.client);
      const rules = Object.keys(SEQUENCE) as Rule[];
      for (const [nth, [, vlans]] of TAGGED.entries()) {
        const from = stranger(nth + 1);
        await sender.send(rules.flatMap((rule) => knocks(SEQUENCE[rule], { from, vlans })));
      }
      const expected = TAGGED.map(([name, , doors]) => [name, doors]);
      await daemon.atLeast(TAGGED.flatMap(([, , doors]) => doors).length, 'open');
      await recording.end();

      const sees = TAGGED.map(([name], nth) => {
        const opened = daemon.of('open').filter(({ source }) => source === stranger(nth + 1));
        return [name, opened.map(({ door }) => door)];
      });
      expect(sees).toEqual(expected);
      const { events } = replayed(recording.file, daemon.configFile, ['--seed', daemon.seed]);
      expect(decisionsOf(events)).toEqual(decisionsOf(daemon.events));
    },
  );

  it('R-13: only a whole header in a first or atomic fragment is a knock', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: FRAGMENT_DOOR });
    const sender = new FrameSender(net.client);
    const found: (readonly [string, boolean])[] = [];
    for (const [nth, [name, options]] of FRAGMENTS.entries()) {
      const from = options.from ?? stranger(nth + 1);
      await sender.send([frame({ from, to: SERVER[4], ...options }), frame(marker(nth))]);
      await daemon.until(() => daemon.of('open').some(({ source }) => source === marker(nth).from));
      found.push([name, daemon.of('open').some(({ source }) => source === from)]);
      daemon.events.length = 0;
    }
    expect(found).toEqual(FRAGMENTS.map(([name, , isKnock]) => [name, isKnock]));
  });

  it('R-13: a datagram that the sender’s system cuts into fragments is one knock', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: FRAGMENT_DOOR });
    const code = `const socket = require('dgram').createSocket('udp4');
      socket.send(Buffer.alloc(3000, '\\x1b\\x5a'), 7002, '${SERVER[4]}', () => socket.close());`;
    net.client.run([process.execPath, '-e', code]);
    await new FrameSender(net.client).send([frame(marker(0))]);
    expect((await daemon.atLeast(2, 'open')).map(({ source }) => source)).toEqual([
      CLIENT[4],
      marker(0).from,
    ]);
  });
});

/** A plain knock of one more source: when it has opened, what was sent before it has been judged. */
function marker(nth: number): FrameOptions & { from: string } {
  return { from: stranger(1000 + nth), to: SERVER[4], tcp: { to: 7001, syn: true } };
}
