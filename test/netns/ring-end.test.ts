import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startFixture, type Agent } from '../support/agent-client.ts';
import { noNetns } from '../support/netns.ts';
import { KNOCKS, RingNet, syn } from '../support/ring-net.ts';
import type { WorkerEnding } from '../support/end-ring-agent.ts';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OPTIONS = { interfaces: ['srv0'], interest: KNOCKS, slots: 256 };
const BOTH = { ...OPTIONS, interfaces: ['srv0', 'lo'] };

describe.skipIf(noNetns)('the end of a ring', () => {
  let net: RingNet;
  let agent: Agent;
  beforeAll(async () => {
    net = await RingNet.create();
    const fixture = join(import.meta.dirname, '../support/end-ring-agent.ts');
    agent = await startFixture(net.net.server, fixture);
  });
  afterEach(() => net.closeRings());
  afterAll(() => net[Symbol.asyncDispose]());

  it.each(['quiet', 'busy'])(
    'comes at once when it is closed or aborted while it waits, %s',
    async (pace) => {
      for (const end of ['close', 'abort'] as const) {
        const abort = new AbortController();
        const ring = await net.open({ signal: abort.signal });
        if (pace === 'busy') await net.client.send([syn(7000)], { repeat: 100 });
        const counting = ring.count(Infinity);
        if (end === 'close') await ring.close();
        else abort.abort();
        await counting;
      }
    },
  );

  it('leaves no descriptor and no memory behind, 200 times', async () => {
    const before = await agent.call('openAndClose', OPTIONS, 4);
    expect(await agent.call('openAndClose', OPTIONS, 200)).toEqual(before);
  });

  it('closes the rings that were open when another could not be', async () => {
    const before = await agent.call('openAndClose', OPTIONS, 1);
    for (const interfaces of [
      ['srv0', 'nosuch0'],
      ['nosuch0', 'srv0'],
    ]) {
      const opening = agent.call('openAndClose', { ...OPTIONS, interfaces }, 1);
      await expect(opening).rejects.toMatchObject({ code: 'CAPTURE_NO_INTERFACE' });
    }
    expect(await agent.call('openAndClose', OPTIONS, 1)).toEqual(before);
  });

  it('works in a worker', async () => {
    const ports = agent.call('portsInWorker', OPTIONS, 2);
    await until(() => net.listening() === 1);
    await net.client.send([syn(7000), syn(7001)]);
    expect(await ports).toEqual([7000, 7001]);
  });

  describe('does no harm when its worker', () => {
    const rows: readonly (readonly [WorkerEnding, number])[] = [
      ['runs out of work', 0],
      ['waits and is terminated', 1],
      ['exits', 3],
      ['throws', 1],
      ['closes and exits', 4],
    ];
    it.each(rows)('%s', async (ending, exitCode) => {
      for (let time = 0; time < 3; time++) {
        expect(await agent.call('endWorker', ending, BOTH)).toBe(exitCode);
      }
      expect(net.listening()).toBe(0);
    });
  });

  it.each([
    ['an error', new Error('by intent')],
    ['null', null],
    ['text', 'by intent'],
  ])('hears of %s that its callback threws, as any callback does', async (_, thrown) => {
    const end = agent.call('throwWhenReadable', thrown, KNOCKS);
    await until(() => net.listening() === 1);
    await net.client.send([syn(7000)]);
    expect(await end).toEqual({ caught: thrown, watched: 0, bound: false });
  });

  describe('holds its process', () => {
    const run = (body: string) => {
      const code = `
        import { openRing } from ${JSON.stringify(join(ROOT, 'dist/source/ring.js'))};
        const none = new Uint8Array(8192);
        const interest = { tcp: none, udp: none, icmp: false, icmp6: false, tcpFlags: { mask: 0, value: 0 } };
        const source = await openRing({ interfaces: ['srv0', 'lo'], slots: 256, interest });
        process.on('exit', () => console.log('ended by itself'));
        ${body}`;
      const command = ['timeout', '5', process.execPath, '--input-type=module', '-e', code];
      return net.net.server.run(command).trim();
    };

    it('not while nobody waits for a batch', () => {
      expect(run('')).toBe('ended by itself');
    });

    it('not once it is closed', () => {
      const body = `setTimeout(() => source.close(), 50);
        for await (const batch of source);`;
      expect(run(body)).toBe('ended by itself');
    });

    it('as long as somebody waits for a batch', () => {
      const body = `setTimeout(() => { console.log('still here'); process.exit(); }, 200).unref();
        for await (const batch of source);`;
      expect(run(body)).toBe('still here\nended by itself');
    });
  });
});
