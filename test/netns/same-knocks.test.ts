import { afterAll, describe, expect, it } from 'vitest';
import { Folder, postern } from '../support/cli.ts';
import { Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';
import { decisionsOf, noRecording, Recording, replayed } from '../support/recording.ts';
import { KEY, sealedDoor, sealedPorts, type Sealed } from '../support/sealed.ts';
import { noUlogd, Ulogd, ULOGD_GROUPS } from '../support/ulogd.ts';

const GROUP = 3;
const folder = new Folder();
const SEALED = sealedDoor({}, { name: 'sealed' });
const DOORS = `
[ssh]
 sequence = 7001,8002:udp,9003
 seq_timeout = 5
 tcpflags = syn
 open = tcp/22
[web]
 sequence = 8002:udp,7001
 seq_timeout = 5
 tcpflags = syn
 open = tcp/443
[ping]
 sequence = icmp:33,7001
 seq_timeout = 5
 open = tcp/8080
[sealed]
 encoded = sealed
 span = 40000-40255
 keys = ${folder.write('keys', `alice ${Buffer.from(KEY.key).toString('hex')}\n`)}
 open = tcp/25
`;
const NFLOG = ` source = nflog:${GROUP}\n`;

describe.skipIf(noNetns ?? noRecording ?? noUlogd)('the same knocks', () => {
  afterAll(() => folder[Symbol.dispose]());

  it('give the same decisions by ring, by capture, by logs and by nflog', async () => {
    await using first = await netns();
    await using byRing = await Daemon.start(first.server, { doors: DOORS });
    const rules = rulesFor(byRing);
    first.server.nft(loggedFor(rules, 'logemu'));
    first.server.nft(loggedFor(rules, 'json'));
    await using ulogd = await Ulogd.start(first.server);
    await using recording = await Recording.start(first.server, 'srv0');
    knockInManyWays(first);
    await byRing.atLeast(OPENINGS, 'open');
    await byRing.until(() => byRing.of('refuse').some(({ reason }) => reason === 'late'));
    const live = decisionsOf(byRing.events);
    expect(byRing.of('open')).toHaveLength(OPENINGS);
    expect(live.filter((line) => line.startsWith('refuse sealed'))).toEqual([
      `refuse sealed ${CLIENT[4]} replayed`,
      `refuse sealed ${CLIENT[4]} forged`,
      `refuse sealed ${CLIENT[6]} late`,
    ]);
    await recording.end();
    await ulogd.hasWritten(PACKETS);

    const { seed, configFile } = byRing;
    const replay = (file: string): string[] =>
      decisionsOf(replayed(file, configFile, ['--seed', seed, '--trust']).events);
    expect(replay(recording.file)).toEqual(live);
    expect(replay(ulogd.logemu)).toEqual(live);
    expect(replay(ulogd.json)).toEqual(live);

    await byRing.stop();
    await using second = await netns();
    second.server.nft(rules);
    await using byNflog = await Daemon.start(second.server, {
      doors: DOORS,
      options: NFLOG,
      interfaces: [],
      after: byRing,
    });
    knockInManyWays(second);
    await byNflog.atLeast(OPENINGS, 'open');
    await byNflog.until(() => byNflog.of('refuse').some(({ reason }) => reason === 'late'));
    expect(decisionsOf(byNflog.events)).toEqual(live);
    const status = postern(['status', '-s', byNflog.controlSocket, '--json']).stdout;
    expect(JSON.parse(status)).toMatchObject({
      sources: [{ name: `nflog:${GROUP}`, packets: PACKETS, dropped: 0 }],
    });
  });
});

const OPENINGS = 5;
/** Those that doors want, of all that are sent. */
const PACKETS = 12 + 4 * 64;

function knockInManyWays({ client }: Netns): void {
  const knock = (family: 4 | 6, ...steps: string[]): void =>
    void client.run(['knock', '-d', '20', `-${family}`, SERVER[family], ...steps]);
  knock(4, '7001', '8002:udp', '9003');
  knock(6, '7001', '8002:udp', '9003');
  knock(4, '7001', '9003');
  knock(4, '9999', '22');
  client.run(['ping', '-c', '1', '-s', '33', SERVER[4]]);
  knock(4, '7001', '8002:udp', '9003');
  const seconds = Math.floor(Date.now() / 1000);
  const sealed = (address: string, over: Sealed = {}): string[] =>
    sealedPorts(SEALED, { seconds, address, ...over }).map(String);
  knock(4, ...sealed(CLIENT[4]));
  knock(4, ...sealed(CLIENT[4]));
  knock(4, ...sealed(OTHER[4]));
  knock(6, ...sealed(CLIENT[6], { seconds: seconds - 3600, salt: 2 }));
}

/** The rules that the program prints for the doors of a daemon. */
function rulesFor(daemon: Daemon): string {
  daemon.configure(DOORS, NFLOG);
  const { stdout, stderr, status } = postern(['print', 'nflog-rules', '-c', daemon.configFile]);
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

/** The same rules for one of ulogd's groups, with our prefix. */
function loggedFor(rules: string, form: keyof typeof ULOGD_GROUPS): string {
  const log = `log prefix "postern: " group ${ULOGD_GROUPS[form]} queue-threshold 1`;
  return rules.replaceAll(`log group ${GROUP}`, log).replaceAll('postern_nflog', form);
}
