import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { netns, noNetns, SERVER } from '../support/netns.ts';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe.skipIf(noNetns)('the live example of docs/library.md', () => {
  it('opens a door for who knocks', async () => {
    const folder = mkdtempSync(join(ROOT, 'build/example-'));
    try {
      const script = join(folder, 'example.mjs');
      writeFileSync(
        script,
        liveExample().replace('eth0', 'srv0').replace('/etc/knockd.conf', 'examples/demo.conf'),
      );
      await using ns = await netns();
      const example = ns.server.spawn([process.execPath, script]);
      await until(() => ns.server.run(['cat', '/proc/net/packet']).split('\n').length > 2);

      const client = join(ROOT, 'dist/cli/knock.js');
      ns.client.run([
        process.execPath,
        client,
        '-d',
        '20',
        SERVER[4],
        '41187',
        '5023:udp',
        '60311',
      ]);
      await until(() =>
        ns.server
          .run(['nft', 'list', 'set', 'inet', 'postern', 'open4'])
          .includes('10.77.0.1 . tcp . 2222'),
      );

      const gone = once(example, 'exit');
      process.kill(example.pid!, 'SIGTERM');
      expect(await gone).toEqual([0, null]);
      expect(ns.server.run(['nft', 'list', 'tables'])).toContain('inet postern');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function liveExample(): string {
  const page = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
  return /^```js no-run\n([\s\S]*?)^```$/m.exec(page)![1]!;
}
