import { describe, expect, it } from 'vitest';
import type { CommandFirewall } from '../../../src/firewall/command/command.ts';
import { memoryFirewall } from '../../../src/firewall/memory.ts';
import { withCommands } from '../../../src/firewall/with-commands.ts';
import { formatAddress, parseAddress } from '../../../src/tuple/address.ts';
import { firewallContract } from '../../contract/firewall.contract.ts';
import { door, ports } from '../../support/door.ts';
import { nearFirewall } from '../../support/near-firewall.ts';

/** Writes down what it is told to run. */
function recorder(log: string[]): CommandFirewall {
  const none = memoryFirewall();
  return Object.assign(Object.create(none) as CommandFirewall, {
    start: () => Promise.resolve([]),
    apply: (openings) => {
      for (const { source } of openings) log.push(`run ${formatAddress(source)}`);
      return [];
    },
    begin: (_, source) => log.push(`begin ${formatAddress(source)}`) > 0,
    renew: ({ untilMs }) => void log.push(`until ${untilMs}`),
    stop: ({ source, prefix }) => void log.push(`stop ${formatAddress(source)}/${prefix}`),
    close: () => Promise.resolve(void log.push('close')),
  } satisfies Partial<CommandFirewall>);
}

firewallContract('ports with commands', {
  make: () =>
    Promise.resolve(nearFirewall(withCommands(memoryFirewall({ maxGrants: 3 }), recorder([])))),
});

describe('ports with commands', () => {
  const setUp = (
    commands: { timeoutSeconds?: number },
    open = [ports('tcp/22')],
    kernel = memoryFirewall({ maxGrants: 1 }),
    options = {},
  ) => {
    const log: string[] = [];
    const firewall = withCommands(kernel, recorder(log), options);
    const ssh = door('7000', {
      open,
      openPrefix6: 64,
      commands: { start: 'a', stop: 'b', ...commands },
    });
    const knock = (source: string, atMs: number) =>
      firewall.apply([{ door: ssh, source: parseAddress(source)!, openForMs: 1000 }], atMs);
    return { door: ssh, firewall, knock, log };
  };

  it('starts with a grant, and stops with it whoever renewed it', () => {
    const { firewall, knock, log } = setUp({});
    knock('2001:db8::7', 0);
    knock('2001:db8::8', 500); // renews: the same /64
    firewall.expire(1400);
    expect(log).toEqual(['begin 2001:db8::7', 'until 1500']);
    firewall.expire(1500);
    expect(log).toEqual(['begin 2001:db8::7', 'until 1500', 'stop 2001:db8::/64']);
  });

  it('leaves the stop to cmd_timeout where that is given', () => {
    const { firewall, knock, log } = setUp({ timeoutSeconds: 5 });
    knock('203.0.113.9', 0);
    knock('203.0.113.9', 500);
    firewall.expire(9999);
    expect(log).toEqual(['run 203.0.113.9', 'run 203.0.113.9']);
  });

  it('runs commands of a door that opens no ports at every opening', () => {
    const { firewall, knock, log } = setUp({}, []);
    knock('203.0.113.9', 0);
    knock('203.0.113.9', 0);
    firewall.expire(9999);
    expect(log).toEqual(['run 203.0.113.9', 'run 203.0.113.9']);
  });

  it('stops what a reload ends, and goes on with what it leaves', async () => {
    const { firewall, knock, log } = setUp({});
    knock('203.0.113.9', 0);
    await firewall.start([]); // the memory firewall forgets no grant
    expect(log).toEqual(['begin 203.0.113.9']);
    firewall.expire(1000);
    expect(log).toEqual(['begin 203.0.113.9', 'stop 203.0.113.9/32']);

    const ports = memoryFirewall();
    const gone = setUp({}, undefined, Object.assign(ports, { start: () => Promise.resolve([]) }));
    gone.knock('203.0.113.8', 0);
    await gone.firewall.start([]);
    expect(gone.log).toEqual(['begin 203.0.113.8', 'stop 203.0.113.8/32']);
  });

  it('stops what was left by an earlier daemon when its grant ends', async () => {
    const ports = memoryFirewall();
    const { door: ssh, firewall, log } = setUp({}, undefined, ports);
    ports.apply([{ door: ssh, source: parseAddress('203.0.113.9')!, openForMs: 1000 }], 0);
    await firewall.start([ssh]);
    firewall.expire(1000);
    expect(log).toEqual(['stop 203.0.113.9/32']);
  });

  it.each([
    [true, ['begin 203.0.113.9', 'stop 203.0.113.9/32', 'close']],
    [false, ['begin 203.0.113.9', 'close']],
  ])('stops at the close where grants end then: %s', async (endsAtClose, expected) => {
    const { firewall, knock, log } = setUp({}, undefined, undefined, {
      endsAtClose: () => endsAtClose,
    });
    knock('203.0.113.9', 0);
    await firewall.close();
    expect(log).toEqual(expected);
  });

  it('runs nothing where the ports were not opened', () => {
    const { knock, log } = setUp({});
    knock('203.0.113.9', 0);
    expect(knock('203.0.113.8', 0)).toMatchObject([{ kind: 'refused' }]);
    expect(log).toEqual(['begin 203.0.113.9']);
  });
});
