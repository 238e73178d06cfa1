import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Door } from '../../../../src/door/door.ts';
import type { HookCommands } from '../../../../src/door/hooks.ts';
import { commandFirewall, type CommandEvent } from '../../../../src/firewall/command/command.ts';
import { commandsDigest } from '../../../../src/firewall/command/helper/commands-digest.ts';
import { helpedCommands } from '../../../../src/firewall/command/helper/helped.ts';
import { serveCommands } from '../../../../src/firewall/command/helper/serve.ts';
import { shellHooks } from '../../../../src/firewall/command/hooks.ts';
import { KNOCK } from '../../../../src/firewall/firewall.ts';
import { parseAddress } from '../../../../src/tuple/address.ts';
import { door } from '../../../support/door.ts';
import { until } from '../../../support/until.ts';

const SOURCE = parseAddress('2001:db8::1:2')!;

/** Two ends of a stream. */
async function pair(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  return [near, far];
}

describe('commands by a helper', () => {
  let folder: string;
  let helper: Socket;
  let events: CommandEvent[];
  let lost: number;
  let nonsense: number;
  /** What the helper finds when it reads the configuration. */
  let doors: readonly Door[];
  let hooks: HookCommands;
  let near: Socket;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-helper-'));
    events = [];
    lost = nonsense = 0;
    hooks = { limitSeconds: 5 };
    [near, helper] = await pair();
    const onEvent = (event: CommandEvent): void => server.tell(event);
    const server = serveCommands({
      stream: helper,
      commands: commandFirewall({ maxParallel: 1, maxWaiting: 1, onEvent }),
      hooks: shellHooks({ commands: () => hooks, onEvent }),
      read: (digest) =>
        Buffer.compare(digest, commandsDigest(doors, hooks)) === 0 ? doors : 'it has changed',
      onEnd() {},
      onNonsense: () => void nonsense++,
    });
  });
  afterEach(async () => {
    helper.destroy();
    if (!near.closed) await once(near.destroy(), 'close');
    rmSync(folder, { recursive: true });
  });

  const note = (words: string): string => `echo ${words} >> ${folder}/out`;
  const out = (): string => readFileSync(`${folder}/out`, 'utf8');
  const make = (): ReturnType<typeof helpedCommands> =>
    helpedCommands(near, {
      hooks: () => hooks,
      onEvent: (event) => events.push(event),
      onLost: () => void lost++,
    });
  const withCommands = (name: string): Door =>
    door('7000', {
      name,
      open: [{ protocol: 'tcp', from: 22, to: 22 }],
      openPrefix6: 64,
      commands: { start: note(`${name} in %IP%`), stop: note(`${name} out %IP%`) },
    });
  const grantOf = (one: Door) => ({
    id: 1,
    door: one,
    source: parseAddress('2001:db8::')!,
    prefix: 64,
    ports: one.open,
    untilMs: 60_000,
    by: KNOCK,
  });

  it('run for the knocker’s address, and stop for it when the grant ends', async () => {
    const commands = make();
    doors = [withCommands('a'), withCommands('b')];
    await commands.start(doors);
    expect(commands.begin(grantOf(doors[1]!), SOURCE, 0)).toBe(true);
    await commands.oneDone();
    commands.renew(grantOf(doors[1]!), 0);
    commands.stop(grantOf(doors[1]!));
    await until(() => out() === 'b in 2001:db8::1:2\nb out 2001:db8::1:2\n');
    await until(() => events.length === 3);
    expect(events.map(({ kind }) => kind)).toEqual(['running', 'timeout', 'running']);
    await commands.close();
    expect(lost).toBe(0);
  });

  it('of doors from before a reload still mean those', async () => {
    const commands = make();
    const [a, b] = [withCommands('a'), withCommands('b')];
    doors = [a, b];
    await commands.start(doors);
    doors = [withCommands('c')];
    await commands.start(doors);
    commands.begin(grantOf(b), SOURCE, 0);
    await until(() => out() === 'b in 2001:db8::1:2\n');
  });

  it('are refused where the helper has read another file', async () => {
    const commands = make();
    doors = [withCommands('a')];
    await expect(commands.start([withCommands('b')])).rejects.toThrow('it has changed');
    await commands.start(doors);
  });

  it('have no stop where too many waited for the start', async () => {
    const commands = make();
    const slow = door('7000', { name: 'slow', commands: { start: 'sleep 1' } });
    doors = [slow, withCommands('a')];
    await commands.start(doors);
    const opening = { door: slow, source: SOURCE, openForMs: 0 };
    commands.apply([opening, opening], 0);
    commands.begin(grantOf(doors[1]!), SOURCE, 0);
    commands.stop(grantOf(doors[1]!));
    await until(() => events.some(({ kind }) => kind === 'too many'));
    await commands.oneDone();
    expect(events.filter(({ door: { name } }) => name === 'a')).toMatchObject([
      { kind: 'too many' },
    ]);
  });

  it('tell how they ended, and of their hooks', async () => {
    const commands = make();
    doors = [door('7000', { name: 'd', commands: { start: 'exit 3' } })];
    hooks = { up: 'exit 4', limitSeconds: 5 };
    await commands.start(doors);
    await commands.runHook('up');
    await commands.runHook('down'); // there is none
    commands.apply([{ door: doors[0]!, source: SOURCE, openForMs: 0 }], 0);
    await commands.oneDone();
    await until(() => events.length === 4);
    expect(events.map((event) => [event.door.name, event.kind])).toEqual([
      ['up_command', 'running'],
      ['up_command', 'failed status'],
      ['d', 'running'],
      ['d', 'failed status'],
    ]);
    expect(events[3]).toEqual({
      kind: 'failed status',
      door: { name: 'd' },
      source: SOURCE,
      command: 'exit 3',
      status: 3,
    });
  });

  it('leave nobody waiting when the helper ends', async () => {
    const commands = make();
    doors = [withCommands('a')];
    await commands.start(doors);
    const waits = commands.oneDone();
    helper.destroy();
    await waits;
    await until(() => lost === 1);
    await expect(commands.start(doors)).rejects.toThrow(/gone/);
    expect(await commands.runHook('up')).toBeUndefined();
    await commands.close();
  });

  it.each([
    ['a kind that is none', 0, 200],
    ['a door that is not there', 7, 9],
    ['a reading that never was', 3, 9],
  ])('are not run for %s: the helper is told nonsense', async (_, at, value) => {
    doors = [withCommands('a')];
    await make().start(doors);
    const bytes = Buffer.alloc(32);
    bytes.set([2, 6, 64, 1]);
    bytes[at] = value;
    near.write(bytes);
    await until(() => nonsense === 1);
  });
});
