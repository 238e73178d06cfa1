import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Door, DoorCommands } from '../../../src/door/door.ts';
import {
  commandFirewall,
  type CommandEvent,
  type CommandFirewall,
} from '../../../src/firewall/command/command.ts';
import { KNOCK } from '../../../src/firewall/firewall.ts';
import type { PendingStop } from '../../../src/firewall/command/stop-book.ts';
import { formatAddress, parseAddress } from '../../../src/tuple/address.ts';
import { BLOCK_TESTS, firewallContract } from '../../contract/firewall.contract.ts';
import { door } from '../../support/door.ts';
import { nearFirewall } from '../../support/near-firewall.ts';
import { blockOf } from '../../support/network.ts';

const NO_GRANTS = [
  'lists what is open, and by whom it was given',
  'names who gave the time that a grant has',
  'keeps a sixteenth of the room for grants by hand',
  'lets a person in where a door has all the grants that knocks may have',
  'revokes one grant, and no other',
  'tells of a revocation once, and not of its end again',
  'revokes all grants from a network',
  'revokes a prefix by any address in it',
  'opens again for who was revoked, as a new grant',
  'has room again where something was revoked',
  'opens a door for a source until its time',
  'renews a grant that is still open',
  'renews within one turn too',
  'ends all grants so much earlier as the machine has slept',
  'never shortens a grant',
  'reports every end once, in the order of the ends',
  'reports a renewed grant at its new end alone',
  'reports an end that a new opening came before',
  'says when the next grant ends',
  'opens for the prefix of an IPv6 source that the door names',
  'refuses more grants of a door than it may have, and takes others',
  'refuses more grants than there may be in all',
];

firewallContract('command', {
  make: () => Promise.resolve(nearFirewall(commandFirewall())),
  skip: [
    { reason: 'commands know no grants: every opening runs by itself', tests: NO_GRANTS },
    { reason: 'commands alone can shut nobody out', tests: BLOCK_TESTS },
  ],
});

describe('the command firewall', () => {
  let folder: string;
  let firewall: CommandFirewall;
  let events: CommandEvent[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-command-'));
    events = [];
    make();
  });
  afterEach(async () => {
    await firewall.close();
    rmSync(folder, { recursive: true });
  });

  const make = (more: Parameters<typeof commandFirewall>[0] = {}): void => {
    firewall = commandFirewall({
      output: 'ignore',
      onEvent: (event) => events.push(event),
      ...more,
    });
  };
  it('says that it can block nobody', () => {
    expect(() => firewall.block([blockOf(['203.0.113.0/24'])], 0)).toThrowError(
      expect.objectContaining({ code: 'FIREWALL_REFUSED', operation: 'block' }),
    );
    firewall.block([], 0);
  });

  const log = (): string => {
    try {
      return readFileSync(join(folder, 'log'), 'utf8');
    } catch {
      return '';
    }
  };
  /** A command that adds a line to the log. */
  const say = (text: string): string => `echo "${text}" >> ${folder}/log`;
  const withCommands = (commands: DoorCommands): Door => door('7000', { name: 'ssh', commands });
  const knock = (commands: DoorCommands, source = '203.0.113.9'): string => {
    const opening = {
      door: withCommands(commands),
      source: parseAddress(source)!,
      openForMs: 1000,
    };
    return firewall.apply([opening], 0)[0]!.kind;
  };
  const happened = () =>
    events.map((event) =>
      [event.kind, formatAddress(event.source), 'status' in event ? event.status : '']
        .join(' ')
        .trim(),
    );

  it('runs the start command, and the stop command some time after its end', async () => {
    knock({
      start: `sleep 0.3; ${say('in %IP%')}`,
      stop: say('out %IP% %ip%'),
      timeoutSeconds: 0.3,
    });
    await until(() => log().includes('in 203.0.113.9'));
    const startedAt = performance.now();
    await until(() => log().includes('out'));
    expect(performance.now() - startedAt).toBeGreaterThan(250);
    expect(log()).toBe('in 203.0.113.9\nout 203.0.113.9 %ip%\n');
    const source = '203.0.113.9';
    expect(happened()).toEqual([`running ${source}`, `timeout ${source}`, `running ${source}`]);
  });

  it('starts and stops once for every opening of the same source', async () => {
    const commands = { start: say('in'), stop: say('out'), timeoutSeconds: 0.1 };
    knock(commands);
    knock(commands);
    await until(() => log().split('out').length === 3);
    expect(log().match(/in/g)).toHaveLength(2);
  });

  it.each([
    ['the IPv4 command where none is given for IPv6', {}, 'four 2001:db8::7\n'],
    ['the IPv6 command where one is given', { start6: 'six %IP%' }, 'six 2001:db8::7\n'],
    ['nothing where the IPv6 command is given but empty', { start6: '' }, ''],
  ])('runs for IPv6 %s', async (_, { start6 }: { start6?: string }, expected) => {
    const six = start6 === undefined ? {} : { start6: start6 && say(start6) };
    knock({ start: say('four %IP%'), ...six }, '2001:db8::7');
    knock({ start: say('done') });
    await until(() => log().includes('done'));
    await until(() => log().length >= expected.length + 'done\n'.length);
    expect(log().replace('done\n', '')).toBe(expected);
  });

  it('runs no stop command where there is no start command', async () => {
    knock({ stop: say('out'), timeoutSeconds: 0 });
    knock({ start: '', stop: say('out'), timeoutSeconds: 0 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(log()).toBe('');
    expect(events).toEqual([]);
  });

  it('waits for the time of an empty stop command', async () => {
    knock({ start: 'true', stop: '', timeoutSeconds: 0 });
    await until(() => events.length === 3);
    expect(events.map(({ kind }) => kind)).toEqual(['running', 'timeout', 'running']);
  });

  it.each([
    ['exit 7', 7],
    ['no-such-program-anywhere 2>/dev/null', 127],
  ])('reports the status of %s, and stops all the same', async (start, status) => {
    knock({ start, stop: say('out'), timeoutSeconds: 0 });
    await until(() => log() === 'out\n');
    expect(events.filter(({ kind }) => kind === 'failed status')).toMatchObject([{ status }]);
  });

  it('reports a command that a signal killed with status 0, as 0.8 does', async () => {
    knock({ start: 'kill -9 $$', stop: say('out'), timeoutSeconds: 0 });
    await until(() => log() === 'out\n');
    expect(events.filter(({ kind }) => kind === 'failed status')).toMatchObject([{ status: 0 }]);
  });

  it.each([
    ['start', { start: `: ${'x'.repeat(4088)} %IP%` }],
    ['stop', { start: say('in'), stop: `: ${'x'.repeat(4088)} %IP%` }],
  ] as const)('runs nothing where the %s command comes out too long', async (which, commands) => {
    knock(commands);
    expect(events).toMatchObject([{ kind: 'too long', which }]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(log()).toBe('');
  });

  it('runs each command in a session of its own, with the daemon’s environment and folder', async () => {
    process.env['POSTERN_TEST'] = 'here';
    knock({ start: `echo $POSTERN_TEST $PWD $(ps -o sid= -p $$) $$ > ${folder}/log` });
    await until(() => log() !== '');
    const [environment, where, session, pid] = log().trim().split(/\s+/);
    expect([environment, where]).toEqual(['here', process.cwd()]);
    expect(session).toBe(pid);
  });

  it('never runs more at a time than it may, in the order they came, and refuses what is too much', async () => {
    make({ maxParallel: 2, maxWaiting: 3 });
    const commands = [1, 2, 3, 4, 5, 6].map((nth) => ({
      start: `${say(`+${nth}`)}; sleep 0.2; ${say(`-${nth}`)}`,
    }));
    expect(commands.map((each) => knock(each))).toEqual([
      'opened',
      'opened',
      'opened',
      'opened',
      'opened',
      'refused',
    ]);
    await until(() => log().split('-').length === 6);
    let most = 0;
    let now = 0;
    for (const line of log().trim().split('\n')) {
      now += line.startsWith('+') ? 1 : -1;
      most = Math.max(most, now);
    }
    expect(most).toBe(2);
    expect(events.filter(({ kind }) => kind === 'too many')).toHaveLength(1);
  });

  it('leaves no zombie', async () => {
    for (let nth = 0; nth < 20; nth++) knock({ start: say('x') });
    await until(() => log().length === 40);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
    const states = children
      .split(' ')
      .filter(Boolean)
      .map((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0]);
    expect(states).not.toContain('Z');
  });

  it('runs the stop command at a grant’s end, later if the grant was renewed', async () => {
    const ssh = withCommands({ start: say('in'), stop: say('out') });
    const source = parseAddress('203.0.113.9')!;
    const grant = { id: 1, door: ssh, source, prefix: 32, ports: [], untilMs: 60_000, by: KNOCK };
    firewall.begin(grant, source, 0);
    firewall.renew({ ...grant, untilMs: 90_000 }, 0);
    await until(() => log() === 'in\n');
    firewall.stop(grant);
    await until(() => log() === 'in\nout\n');
  });

  it('runs what is still to stop at once when it is closed and nobody takes it over', async () => {
    knock({ start: say('in'), stop: say('out'), timeoutSeconds: 60 });
    await until(() => log() === 'in\n');
    await firewall.close();
    await until(() => log() === 'in\nout\n');
  });

  it('leaves what is still to stop to who takes it over, start commands under way included', async () => {
    const left: PendingStop[] = [];
    make({ leave: (stops) => void left.push(...stops) });
    knock({ start: say('in'), stop: 'later %IP%', timeoutSeconds: 60 });
    await until(() => log() === 'in\n');
    knock({ start: 'sleep 0.2', stop: 'under way', timeoutSeconds: 60 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await firewall.close();
    expect(left.map(({ command }) => command)).toEqual(['under way', 'later 203.0.113.9']);
  });

  it('says when the commands of one opening have run', async () => {
    await firewall.oneDone();
    knock({ start: say('in'), stop: say('out'), timeoutSeconds: 0.2 });
    await firewall.oneDone();
    expect(log()).toBe('in\nout\n');
  });
});

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > end) throw new Error('it did not come to that within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
