import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { FrameSender, knocks } from '../support/frame-sender.ts';
import { netns, noNetns } from '../support/netns.ts';
import { decisionsOf, replayed } from '../support/recording.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/pcaps-recorded');
const why = noNetns ?? (existsSync(FOLDER) ? undefined : `${FOLDER} is not there`);

/** All that were captured on an Ethernet link; cooked ones can't be sent again. */
const CASES = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((file) => file.endsWith('.eth.pcap'))
      .map((file) => file.replace('.eth.pcap', ''))
  : ['none'];
const MARKER = '10.77.0.99';

describe.skipIf(why)(`recorded knocks of real clients${why ? ` (${why})` : ''}`, () => {
  it.each(CASES)('R-90: %s played to the interface is judged as from the file', async (name) => {
    const file = join(FOLDER, `${name}.eth.pcap`);
    await using net = await netns();
    const doors = readFileSync(join(FOLDER, 'knockd.conf'), 'utf8');
    await using daemon = await Daemon.start(net.server, { doors, options: 'event_lines = 0' });
    net.client.run(['tcpreplay', '-q', '-i', 'cli0', file]);
    const marker = knocks('7201:udp,7202:udp', { from: MARKER });
    await new FrameSender(net.client).send(marker);
    await daemon.until(() => daemon.of('open').some(({ source }) => source === MARKER));

    const ours = daemon.events.filter(({ source }) => source !== MARKER);
    const { events } = replayed(file, daemon.configFile, ['--seed', daemon.seed]);
    expect(decisionsOf(ours)).toEqual(decisionsOf(events));
  });
});
