import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLOOD_PAIR } from '../support/flood.ts';
import { netns, noNetns, type Namespace } from '../support/netns.ts';

const SOURCES = resolve(import.meta.dirname, '../../bench/workload');
const folder = mkdtempSync(join(tmpdir(), 'postern-generators-'));

/** What each is asked to send to an interface. */
const GENERATORS = {
  flood: (name: string) => [name, 'acks', '100', '0.1', '1'],
  udp_echo: (name: string) => ['ask', '7777', '0.1', name],
};

describe.skipIf(noNetns)('the generators of the benches', () => {
  beforeAll(() => {
    for (const name of Object.keys(GENERATORS)) {
      const out = ['-o', join(folder, name), join(SOURCES, `${name}.cc`)];
      execFileSync('c++', ['-std=c++20', '-O1', ...out]);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(Object.entries(GENERATORS))('%s sends into a pair of its own', async (name, words) => {
    await using net = await netns(FLOOD_PAIR);
    expect(asked(net.client, name, words(FLOOD_PAIR.client))).toBe('');
    expect(count(net.client, FLOOD_PAIR.client)).toBeGreaterThan(5);
  });

  it.each(Object.entries(GENERATORS))('%s refuses a pair of another name', async (name, words) => {
    await using net = await netns();
    expect(asked(net.client, name, words('cli0'))).toContain('not a veth named ptn');
    expect(asked(net.client, name, words('lo'))).toContain('not a veth named ptn');
  });

  it.each(Object.entries(GENERATORS))(
    '%s refuses a pair that stands in a network of others',
    async (name, words) => {
      await using net = await netns(FLOOD_PAIR);
      net.client.run('ip link add eth7 type veth peer name eth8'.split(' '));
      expect(asked(net.client, name, words(FLOOD_PAIR.client))).toBe('');
      net.client.run(['ip', 'link', 'set', 'eth7', 'up']);
      expect(asked(net.client, name, words(FLOOD_PAIR.client))).toContain(
        'other interfaces are up',
      );
    },
  );
});

/** What it says against it; nothing if it sent. */
function asked(namespace: Namespace, name: string, words: readonly string[]): string {
  const script = '"$@" 2>&1 >/dev/null || true';
  return namespace.run(['sh', '-c', script, 'sh', join(folder, name), ...words]);
}

/** Packets that an interface sent. */
function count(namespace: Namespace, name: string): number {
  const [link] = JSON.parse(
    namespace.run(['ip', '-s', '-j', 'link', 'show', 'dev', name]),
  ) as readonly { readonly stats64: { readonly tx: { readonly packets: number } } }[];
  return link!.stats64.tx.packets;
}
